"""The five checks against a running system: all pass on a sound stage, and each thing that is switched off is found."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.db.models import Model
from django.test import override_settings

from accounts.models import User
from alerts.models import Delivery, Endpoint
from allocations.models import ChannelContact, Listing, SalesChannel
from common.actor import Actor
from events.models import Event, Venue
from finlo_inventory.processes.ports import free_port
from golive.checks import channels, sales, team_alerts
from golive.client import Answer
from golive.enums import CheckKind, Light
from golive.models import ChecklistRun
from golive.results import Result, results_now, worst
from golive.run import checks, findings
from golive.services import ask_for_run
from golive.stage import set_stage
from golive.work import work
from partners.api import availability, keys
from partners.models import ApiKey
from sales import rules
from tests.factories import Stage
from tests.golive.conftest import Helpers
from tests.golive.test_rehearsal import tables
from tests.proofs import assert_reconciled
from transfers.models import TransferPolicy, WorkflowSignOff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

Switch = AbstractContextManager[object]

# What says that somebody called, that messages went out, and the run itself.
MAY_CHANGE = {
    *("golive_checklistrun", "alerts_delivery", "alerts_endpoint"),
    # Sequences of what was made and removed stand nowhere; sessions and answers are not the event's.
    *("django_session",),
}


def lights(results: list[Result]) -> dict[str, str]:
    return {result.kind.value: result.light.value for result in results}


def told(results: list[Result]) -> str:
    return "\n".join(
        f"{result.kind} {row.light}: {row.text}" for result in results for row in result.findings
    )


def test_all_pass_on_a_sound_event_and_leave_no_trace(system: Helpers, sound: Stage) -> None:
    manager = User.objects.get(email="manager@example.com")
    ask_for_run(event=sound.event, by=manager, now=sound.event.modified_at)
    before = tables()
    assert work() == 1
    system.ended.set()
    run = ChecklistRun.objects.get()
    results = results_now(run.results)
    green = dict.fromkeys(CheckKind.values, "GREEN")
    assert lights(results) == green | {"ALERTS": "AMBER"}, told(results)
    assert (run.state, run.verdict) == ("DONE", "AMBER")
    text = told(results)
    assert "16 sales at once of Ticket by" in text
    assert "8 sold, 8 refused" in text
    assert "refused as sold out" in text
    assert "a test file of one sale was booked" in text
    assert "waits for an approval; no unit has moved" in text
    after = tables()
    assert {name for name in before if before[name] != after[name]} <= MAY_CHANGE
    assert not Venue.objects.filter(is_rehearsal=True).exists()
    assert_reconciled()
    # Somebody of each team answers.
    Delivery.objects.update(answered_at=run.finished_at)
    assert worst(result.light for result in results_now(run.results)) == Light.GREEN


# --- Each thing switched off ------------------------------------------------------------------


@contextmanager
def changed(model: type[Model], which: dict[str, Any], **values: Any) -> Iterator[None]:
    rows = model._default_manager.filter(**which)
    before = list(rows.values("pk", *values))
    assert before
    rows.update(**values)
    yield
    for row in before:
        model._default_manager.filter(pk=row.pop("pk")).update(**row)


@contextmanager
def never_heard(channel: SalesChannel) -> Iterator[None]:
    contacts = list(ChannelContact.objects.filter(channel=channel))
    ChannelContact.objects.filter(channel=channel).delete()
    yield
    ChannelContact.objects.bulk_create(contacts)


@contextmanager
def patched(target: object, name: str, value: object) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, value)
        yield


@contextmanager
def helper_off(system: Helpers, name: str) -> Iterator[None]:
    system.off.add(name)
    with patched(team_alerts, "SENT_WITHIN", 1.0), patched(channels, "FILE_SECONDS", 1.0):
        yield
    system.off.remove(name)


@contextmanager
def no_transfer_waits() -> Iterator[None]:
    path = Path(project.BASE_DIR) / "transfers" / "sql" / "transfers_needs.sql"
    text = path.read_text()
    head = text[text.index("CREATE") : text.index("LANGUAGE")]
    with connection.cursor() as cursor:
        cursor.execute(head + "LANGUAGE sql AS $$ SELECT '{}'::varchar[] $$")
    yield
    with connection.cursor() as cursor:
        cursor.execute(text)


@contextmanager
def unsigned() -> Iterator[None]:
    with patched(
        WorkflowSignOff.objects, "filter", lambda **_which: WorkflowSignOff.objects.none()
    ):
        yield


@contextmanager
def beyond_its_limits() -> Iterator[None]:
    """The system says of each item that one fewer can be sold than it sells."""
    present = availability.present

    def fewer(view: Any) -> Any:
        answer = present(view)
        for row in answer["items"]:
            row["sellable"] = max(row["sellable"] - 1, 0)
        return answer

    with patched(availability, "present", fewer):
        yield


def test_each_thing_that_is_switched_off_turns_its_check_red(system: Helpers, sound: Stage) -> None:
    manager = Actor.person(User.objects.get(email="manager@example.com"))
    web, kiosk = sound.channels["web"], sound.channels["kiosk"]
    cases: list[tuple[CheckKind, str, Callable[[], Switch]]] = [
        (
            CheckKind.CHANNELS,
            "web: the last key has ended or was revoked",
            lambda: changed(ApiKey, {"channel": web}, revoked_at=sound.event.modified_at),
        ),
        (CheckKind.CHANNELS, "web has never called", lambda: never_heard(web)),
        (CheckKind.CHANNELS, "kiosk has never reported", lambda: never_heard(kiosk)),
        (
            CheckKind.CHANNELS,
            "counter has no key, and nobody sells there",
            lambda: changed(User, {"venues": sound.event.venue_id}, is_active=False),
        ),
        (
            CheckKind.CHANNELS,
            "can sell nothing",
            lambda: changed(SalesChannel, {"pk": web.pk}, stop_reason="Unpaid"),
        ),
        (
            CheckKind.CHANNELS,
            "can sell nothing",
            lambda: changed(Listing, {"channel": web}, is_on=False),
        ),
        (
            CheckKind.CHANNELS,
            "does not answer",
            lambda: override_settings(PUBLIC_URL=f"http://localhost:{free_port()}"),
        ),
        (CheckKind.CHANNELS, "a test file was not booked", lambda: helper_off(system, "files")),
        (
            CheckKind.LIMITS,
            "beyond what one booking may have",
            lambda: patched(rules, "check_per_booking", lambda *_a, **_k: None),
        ),
        (CheckKind.LIMITS, "beyond what it can sell, was sold", beyond_its_limits),
        (
            CheckKind.SALES,
            "No screen could watch",
            lambda: override_settings(LIVE_PORT=free_port()),
        ),
        (
            CheckKind.SALES,
            "No channel can sell anything",
            lambda: changed(Event, {"pk": sound.event.pk}, stop_reason="Fire alarm"),
        ),
        (CheckKind.APPROVAL, "Nobody has signed", unsigned),
        (
            CheckKind.APPROVAL,
            "has changed since",
            lambda: changed(TransferPolicy, {"venue": sound.event.venue_id}, lapse_hours=5),
        ),
        (
            CheckKind.APPROVAL,
            "may approve a transfer",
            lambda: changed(User, {"email": "manager@example.com"}, is_active=False),
        ),
        (CheckKind.APPROVAL, "did not wait", no_transfer_waits),
        (CheckKind.ALERTS, "did not go out", lambda: helper_off(system, "notifier")),
        (
            CheckKind.ALERTS,
            "nobody can be reached",
            lambda: changed(Endpoint, {"team__venue": sound.event.venue_id}, is_active=False),
        ),
    ]
    wrong = {}
    for kind, words, switch in cases:
        keys.forget()
        with switch(), set_stage(sound.event, by=manager) as stage:
            result = Result(kind, list(findings(checks(manager)[kind], stage)))
        reds = [row for row in result.findings if row.light == Light.RED and words in row.text]
        if not reds or not all(row.next_step for row in reds):
            wrong[words] = told([result])
    assert wrong == {}
    assert not Venue.objects.filter(is_rehearsal=True).exists()


def test_one_sale_too_many_is_called_oversold() -> None:
    target = sales.Target(SalesChannel(pk=1, name="web"), 1, "Ticket", 1, 40)
    answers = [Answer(201, {}, 0.1)] * 9 + [Answer(409, {"code": "SOLD_OUT"}, 0.1)] * 7
    finding = next(iter(sales._judged(target, 8, answers, 0.5, stage=None)))  # type: ignore[arg-type]
    assert finding.light == Light.RED
    assert "It was oversold" in finding.text
