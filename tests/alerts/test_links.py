"""Links in messages: looking changes nothing, answering does, and each is good for as long as it should."""

import io
import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone

import alerts.links
from accounts.models import User
from accounts.roles import Role
from alerts import services, words
from alerts.enums import AlertStatus, Kind, Transport
from alerts.links import alert_link
from alerts.models import Alert, AlertRule, AlertTeam, Endpoint
from common.actor import SYSTEM
from tests.alerts.conftest import person
from tests.alerts.making import make_alert, make_endpoint, steps_of
from tests.factories import Stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def alert(stage: Stage) -> Alert:
    return make_alert(stage)


@kept
def mailbox(stage: Stage) -> Endpoint:
    return make_endpoint(stage)


def path(alert: Alert, endpoint: Endpoint) -> str:
    address = alert_link(alert, endpoint)
    assert address.startswith(f"{settings.PUBLIC_URL}/a/")
    return address.removeprefix(settings.PUBLIC_URL)


def answer(address: str, what: str, note: str = "") -> tuple[int, str]:
    """As a phone does: open the page, then press a button. Status and text of what it shows then."""
    client = Client(enforce_csrf_checks=True)
    page = client.get(address).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    sent = {"answer": what, "note": note, "csrfmiddlewaretoken": token[1]}
    found = client.post(address, sent, follow=True)
    return found.status_code, found.content.decode()


def test_looking_changes_nothing_and_says_what_is_so_now(alert: Alert, mailbox: Endpoint) -> None:
    address = path(alert, mailbox)
    for ask in (Client().get, Client().head, Client().get):
        assert ask(address).status_code == 200
    found = Client().get(address)
    text = found.content.decode()
    for said in (words.title(alert), words.reason(alert), words.place(alert), "12 minutes"):
        assert said in text
    assert "Acknowledge" in text
    assert f"/admin/alerts/alert/{alert.pk}/change/" in text
    policy = found.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "no-store" in found.headers["Cache-Control"]
    assert steps_of(alert) == ["OPENED"]
    services.resolve([alert.pk], by=SYSTEM, now=timezone.now())
    assert "It is over: nothing is left to do." in Client().get(address).content.decode()


def test_a_press_on_the_button_counts_and_names_the_team(alert: Alert, mailbox: Endpoint) -> None:
    address = path(alert, mailbox)
    # Without the page's own token nobody answers, also not a site that knows the link.
    assert Client(enforce_csrf_checks=True).post(address, {"answer": "resolve"}).status_code == 403
    status, text = answer(address, "acknowledge", note="On my way")
    assert status == 200
    assert "On my way" in text
    assert 'value="acknowledge"' not in text
    alert.refresh_from_db()
    step = alert.steps.latest("pk")
    assert (alert.status, alert.acknowledged_by) == (AlertStatus.ACKNOWLEDGED, None)
    assert (step.user, step.endpoint, step.note) == (None, mailbox, "On my way")
    assert answer(address, "resolve")[0] == 200
    assert steps_of(alert) == ["OPENED", "ACKNOWLEDGED", "RESOLVED"]


def test_who_is_known_by_the_address_is_recorded(alert: Alert, stage: Stage) -> None:
    user = person(Role.BOX_OFFICE, stage)
    own = make_endpoint(stage, person=user, address=user.email)
    answer(path(alert, own), "resolve")
    alert.refresh_from_db()
    assert alert.resolved_by == user


def test_who_comes_late_is_told_so(alert: Alert, mailbox: Endpoint) -> None:
    address = path(alert, mailbox)
    client = Client()
    client.post(address, {"answer": "acknowledge"})
    late = client.post(address, {"answer": "acknowledge"})
    assert late.status_code == 409
    assert "Somebody was faster" in late.content.decode()
    client.post(address, {"answer": "resolve"})
    assert client.post(address, {"answer": "resolve"}).status_code == 409
    assert client.post(address, {"answer": "nonsense"}).status_code == 400
    assert steps_of(alert) == ["OPENED", "ACKNOWLEDGED", "RESOLVED"]


def test_a_partner_may_look_and_no_more(stage: Stage, alert: Alert) -> None:
    AlertTeam.objects.filter(venue=stage.event.venue, role="Box office").update(name="Secret")
    AlertRule.objects.filter(alerts=alert).update(advice="Take units from others")
    services.acknowledge([alert.pk], by=SYSTEM, now=timezone.now(), note="Between us")
    partner = Endpoint.objects.create(
        channel=stage.channels["web"], transport=Transport.EMAIL, address="shop@example.com"
    )
    address = path(alert, partner)
    text = Client().get(address).content.decode()
    assert words.title(alert) in text
    for hidden in ("<button", "/admin/", "Between us", "Take units from others", "Secret"):
        assert hidden not in text, hidden
    assert Client().post(address, {"answer": "resolve"}).status_code == 403
    alert.refresh_from_db()
    assert alert.status == AlertStatus.ACKNOWLEDGED
    # Of another channel, and of what names other channels, not even that.
    others = Endpoint.objects.create(
        channel=stage.channels["agent"], transport=Transport.EMAIL, address="agent@example.com"
    )
    assert Client().get(path(alert, others)).status_code == 410
    gap = make_alert(stage, Kind.SELL_THROUGH_GAP)
    assert Client().get(path(gap, partner)).status_code == 410


def test_forged_links_look_alike_whether_there_is_an_alert_or_not(
    alert: Alert, mailbox: Endpoint
) -> None:
    good = path(alert, mailbox)
    token = good.removeprefix("/a/").removesuffix("/")
    numbers, _, signature = token.partition(".")
    of_another_key = TimestampSigner(key="x" * 50, sep=".", salt="alerts.links").sign(numbers)
    of_another_salt = TimestampSigner(sep=".", salt="other").sign(numbers)
    bodies = set()
    for forged in (
        f"{alert.pk}-{mailbox.pk + 1}.{signature}",
        f"999999-{mailbox.pk}.{signature}",
        token[:-1],
        of_another_key,
        of_another_salt,
        numbers,
        "x",
        "%00",
        "é",
    ):
        for ask in (Client().get, Client().post):
            found = ask(f"/a/{forged}/")
            assert found.status_code == 403, forged
            bodies.add(found.content)
    assert len(bodies) == 1
    assert "This link is not whole" in bodies.pop().decode()


def _expire(_endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts.links, "VALID", timedelta(seconds=-1))


def _switch_off(endpoint: Endpoint, _monkeypatch: pytest.MonkeyPatch) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(is_active=False)


def _delete(endpoint: Endpoint, _monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.delete()


def _send_away(endpoint: Endpoint, _monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint.person is not None
    User.objects.filter(pk=endpoint.person.pk).update(is_active=False)


def _take_the_venue(endpoint: Endpoint, _monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint.person is not None
    endpoint.person.venues.clear()


def _delete_alert(_endpoint: Endpoint, _monkeypatch: pytest.MonkeyPatch) -> None:
    Alert.objects.all().delete()


@pytest.mark.parametrize(
    "end", [_expire, _switch_off, _delete, _send_away, _take_the_venue, _delete_alert]
)
def test_a_link_is_used_up(
    end: Callable[[Endpoint, pytest.MonkeyPatch], None],
    alert: Alert,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = person(Role.BOX_OFFICE, stage)
    own = make_endpoint(stage, person=user, address=user.email)
    address = path(alert, own)
    assert Client().get(address).status_code == 200
    end(own, monkeypatch)
    for ask in (Client().get, Client().post):
        found = ask(address, {"answer": "resolve"})
        assert found.status_code == 410
        assert "This link is used up" in found.content.decode()
        assert words.title(alert) not in found.content.decode()


def test_whose_role_answers_nothing_may_look(alert: Alert, stage: Stage) -> None:
    user = person(Role.BOX_OFFICE, stage)
    user.groups.set([Group.objects.get(name=Role.AUDITOR.value)])
    address = path(alert, make_endpoint(stage, person=user, address=user.email))
    assert "<button" not in Client().get(address).content.decode()
    assert Client().post(address, {"answer": "resolve"}).status_code == 403


def test_no_log_has_the_link(
    alert: Alert, mailbox: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = next(one for one in logging.getLogger().handlers if one.get_name() == "console")
    monkeypatch.setattr(console, "stream", io.StringIO())
    address = path(alert, mailbox)
    Client(enforce_csrf_checks=True).post(address, {"answer": "resolve"})
    Client().post(address, {"answer": "nonsense"})
    logging.getLogger("django.request").warning("Bad Request: %s", address)
    said = console.stream.getvalue()  # type: ignore[attr-defined]
    assert said.count("/a/…") >= 3
    assert address.split("/")[2] not in said
