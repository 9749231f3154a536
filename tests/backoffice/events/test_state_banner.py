"""Each tab of an event that does not sell says so, since when, by whom, why, and what next by the person's rights."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM, Actor
from events import services
from events.enums import EventStatus
from events.models import Event
from tests.backoffice.addresses import page
from tests.backoffice.conftest import person, signed_in
from tests.factories import Stage, make_user

pytestmark = pytest.mark.django_db


def banner(client: Client, stage: Stage) -> str:
    """The text of the banner, of the address' links too; empty where there is none."""
    body = client.get(page(stage.event, "change")).content.decode()
    match = re.search(r'<div class="finlo-state .*?</section>', body, re.DOTALL)
    if match is None:
        return ""
    # Above the tabs, it is seen on each of them.
    assert "x-show" not in body[body.rindex("<section", 0, match.start()) : match.start()]
    links = re.findall(r'href="([^"]*)"', match[0])
    return " ".join([*re.sub("<[^>]+>", " ", match[0]).split(), *links])


def test_an_event_that_sells_has_no_banner(manager: Client, stage: Stage) -> None:
    assert banner(manager, stage) == ""


def test_a_paused_event_says_who_paused_it_and_leads_to_put_on_sale(
    manager: Client, stage: Stage
) -> None:
    ann = make_user(name="Ann Rao")
    with transaction.atomic():
        services.pause_event(event_id=stage.event.pk, by=Actor(ann.pk), reason="Storm <b>")
    said = banner(manager, stage)
    assert "Sales are paused" in said
    assert re.search(r"since \d+ \w+ \d{4}, \d\d:\d\d IST by ", said)
    assert f"by {ann}" in said
    assert "Storm &lt;b&gt;" in said
    assert page(stage.event, "publish") in said


def test_who_may_not_change_it_sees_no_way(stage: Stage) -> None:
    viewer = signed_in(person(Role.FINANCE, stage))
    stop_selling(target=stage.event, by=SYSTEM, reason="Fire alarm")
    said = banner(viewer, stage)
    assert "Selling is stopped" in said
    assert "Fire alarm" in said
    assert "Resume" not in said


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        ({"status": EventStatus.DRAFT}, "Not on sale: a draft"),
        ({"status": EventStatus.CLOSED}, "Sales are closed"),
        ({"status": EventStatus.CANCELLED}, "The event is cancelled"),
        ({"sales_until": timedelta(hours=-1)}, "Sales have ended since"),
        ({"sales_from": timedelta(hours=1)}, "Sales have not begun from"),
        ({"starts_at": timedelta(days=-5)}, "The event is over since"),
    ],
)
def test_each_other_state_has_its_words(
    manager: Client, stage: Stage, changes: dict[str, object], headline: str
) -> None:
    now = timezone.now()
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    Event.objects.filter(pk=stage.event.pk).update(**values)
    assert headline in banner(manager, stage)


def test_of_a_stopped_channel_its_dialog_resumes_it(manager: Client, stage: Stage) -> None:
    web = stage.channels["web"]
    stop_selling(target=web, by=SYSTEM, reason="Price is wrong")
    said = banner(manager, stage)
    assert "Part of it is stopped" in said
    assert "Price is wrong" in said
    resume = page(web, "resume")
    assert resume in said
    assert manager.get(resume).status_code == 200
    stop_selling(target=stage.channels["agent"], by=SYSTEM, reason="Both")
    assert "All of it is stopped" in banner(manager, stage)
