"""A run's way: claimed once, taken up after a kill, signed, out of date; and an event that waits for it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from alerts.models import Endpoint
from allocations.models import Listing, SalesChannel
from common.actor import SYSTEM
from events.enums import EventStatus
from events.errors import NotReadyError
from events.models import Event, Pool, Venue
from events.services import publish_event
from exchange.progress import only_worker
from golive import work as worker
from golive.enums import CheckKind, Light, Readiness, RunState
from golive.errors import NotToBeRunError, NotToBeSignedError, RunsAlreadyError
from golive.models import ChecklistRun
from golive.rehearsal import rehearse
from golive.results import Result, passed
from golive.selectors import fingerprint, standing_of
from golive.services import ask_for_run, sign
from golive.work import LOCK, work
from tests.factories import Stage, make_stage, make_user
from tests.golive.conftest import program
from tests.kept import kept
from tests.planning.conftest import person, signed_in
from tests.proofs import violates
from transfers.models import TransferPolicy

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web",), status=EventStatus.DRAFT)


@pytest.fixture
def user(stage: Stage) -> User:
    return person(Role.VENUE_MANAGER, stage.event.venue)


def done(stage: Stage, user: User, light: Light = Light.GREEN) -> ChecklistRun:
    """A run that has ended so."""
    return ChecklistRun.objects.create(
        event=stage.event,
        asked_by=user,
        state=RunState.DONE,
        verdict=light,
        results=[Result(kind, [passed("All is well.")]).as_json() for kind in CheckKind],
        fingerprint=fingerprint(stage.event.pk),
        finished_at=timezone.now(),
    )


def readiness(stage: Stage) -> Readiness:
    return standing_of(stage.event).readiness


def shown_of(stage: Stage, user: User) -> str:
    """The event's page."""
    page = signed_in(user).get(f"/admin/events/event/{stage.event.pk}/change/")
    return page.content.decode()


def test_an_event_has_one_run_at_a_time(stage: Stage, user: User) -> None:
    assert readiness(stage) == Readiness.NEVER_RUN
    ask_for_run(event=stage.event, by=user, now=timezone.now())
    assert readiness(stage) == Readiness.RUNNING
    with pytest.raises(RunsAlreadyError):
        ask_for_run(event=stage.event, by=user, now=timezone.now())
    with violates("checklist_runs_once_at_a_time"):
        ChecklistRun.objects.create(event=stage.event, asked_by=user)


def test_an_event_that_is_over_goes_live_no_more(stage: Stage, user: User) -> None:
    assert "Run the checklist" in shown_of(stage, user)
    Event.objects.filter(pk=stage.event.pk).update(starts_at=timezone.now() - timedelta(days=5))
    assert "Run the checklist" not in shown_of(stage, user)
    assert "it goes live no more" in shown_of(stage, user)
    stage.event.refresh_from_db()
    with pytest.raises(NotToBeRunError):
        ask_for_run(event=stage.event, by=user, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_killed_is_cleaned_up_and_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(status=EventStatus.DRAFT)
    run = ask_for_run(event=stage.event, by=make_user(), now=timezone.now())
    # As after kill -9 in the middle: claimed, with its rehearsal there.
    ChecklistRun.objects.update(state=RunState.RUNNING, attempts=1, done=3)
    rehearse(stage.event, by=SYSTEM, now=timezone.now())
    results = [Result(kind, [passed("All is well.")]) for kind in CheckKind]
    left: list[int] = []

    def checks(event: Event, **_terms: object) -> list[Result]:
        left.append(Venue.objects.filter(is_rehearsal=True).count())
        return results

    monkeypatch.setattr(worker, "run", checks)
    with only_worker(LOCK, "golive_checklistrun") as other:
        assert other is not None
        assert work() == 0  # somebody is at it
    assert Venue.objects.filter(is_rehearsal=True).count() == 1
    assert work() == 1
    run.refresh_from_db()
    assert (run.state, run.verdict, run.attempts) == (RunState.DONE, Light.GREEN, 2)
    assert left == [0]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_ends_its_worker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(status=EventStatus.DRAFT)
    run = ask_for_run(event=stage.event, by=make_user(), now=timezone.now())
    ChecklistRun.objects.update(state=RunState.RUNNING, attempts=worker.MAX_ATTEMPTS)
    work()
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "stopped in the middle 3 times" in run.message


def test_only_the_newest_run_without_a_failure_is_signed(stage: Stage, user: User) -> None:
    now = timezone.now()
    failed = done(stage, user, Light.RED)
    with pytest.raises(NotToBeSignedError):
        sign(event=stage.event, run_id=failed.pk, by=user, note="", now=now)
    with violates("checklist_signed_where_nothing_failed"):
        ChecklistRun.objects.filter(pk=failed.pk).update(signed_by=user, signed_at=now)
    run = done(stage, user, Light.AMBER)
    with pytest.raises(NotToBeSignedError):
        sign(event=stage.event, run_id=failed.pk, by=user, note="", now=now)
    assert readiness(stage) == Readiness.UNSIGNED
    sign(event=stage.event, run_id=run.pk, by=user, note=" Seen ", now=now)
    assert readiness(stage) == Readiness.READY
    with violates("checklist_run_stays"):
        ChecklistRun.objects.filter(pk=run.pk).update(verdict=Light.GREEN)
    with violates("checklist_run_state_known"):
        ChecklistRun.objects.create(event=stage.event, asked_by=user, state="ODD")
    with violates("checklist_run_done_says_what"):
        ChecklistRun.objects.create(event=stage.event, asked_by=user, state=RunState.DONE)


def test_a_run_that_was_cancelled_counts_for_nothing(stage: Stage, user: User) -> None:
    now = timezone.now()
    run = done(stage, user)
    sign(event=stage.event, run_id=run.pk, by=user, note="", now=now)
    ask_for_run(event=stage.event, by=user, now=now)
    client = signed_in(user)
    address = f"/admin/events/event/{stage.event.pk}"
    assert "Cancel the run" in client.get(f"{address}/change/").content.decode()
    answer = client.post(f"{address}/cancel_checklist/", follow=True).content.decode()
    assert f"{user} cancelled the newest run" in answer
    assert "Cancel the run" not in answer
    cancelled = ChecklistRun.objects.latest("pk")
    assert (cancelled.state, cancelled.cancelled_by) == (RunState.CANCELLED, user)
    # What was signed before holds, for the pages and in the database.
    assert (readiness(stage), standing_of(stage.event).run) == (Readiness.READY, run)
    Venue.objects.filter(pk=stage.event.venue_id).update(requires_checklist=True)
    publish_event(event_id=stage.event.pk, by=SYSTEM, reason="test")
    page = client.get(f"{address}/go-live/{cancelled.pk}/").content.decode()
    assert f"{user} cancelled this run" in page
    with violates("checklist_run_stays"):
        ChecklistRun.objects.filter(pk=cancelled.pk).update(state=RunState.RUNNING)
    with violates("checklist_run_cancelled_by_somebody"):
        ChecklistRun.objects.create(event=stage.event, asked_by=user, state=RunState.CANCELLED)
    answer = client.post(f"{address}/cancel_checklist/", follow=True).content.decode()
    assert "is not possible any more" in answer


def test_who_may_not_run_it_may_not_cancel_it(stage: Stage, user: User) -> None:
    ask_for_run(event=stage.event, by=user, now=timezone.now())
    client = signed_in(person(Role.BOX_OFFICE, stage.event.venue))
    address = f"/admin/events/event/{stage.event.pk}"
    assert "Cancel the run" not in client.get(f"{address}/change/").content.decode()
    assert client.post(f"{address}/cancel_checklist/").status_code == 403
    assert readiness(stage) == Readiness.RUNNING


CHANGES: dict[str, Callable[[Stage], object]] = {
    "the date": lambda stage: Event.objects.filter(pk=stage.event.pk).update(
        starts_at=stage.event.starts_at + timedelta(days=1)
    ),
    "a price": lambda stage: Listing.objects.filter(event=stage.event).update(price=Decimal(9)),
    "a channel": lambda _stage: SalesChannel.objects.update(settlement_days=5),
    "a stop": lambda _stage: SalesChannel.objects.update(stop_reason="Unpaid"),
    "a key": lambda stage: program(stage.channels["web"]),
    "a team": lambda stage: Endpoint.objects.create(
        team=stage.event.venue.alert_teams.latest("pk"), transport="EMAIL", address="a@example.com"
    ),
    "the workflow": lambda _stage: TransferPolicy.objects.update(approval_hours=12),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_checked_and_has_changed_since_is_out_of_date(
    change: str, stage: Stage, user: User
) -> None:
    sign(event=stage.event, run_id=done(stage, user).pk, by=user, note="", now=timezone.now())
    assert readiness(stage) == Readiness.READY
    CHANGES[change](stage)
    assert readiness(stage) == Readiness.OUT_OF_DATE


def test_sales_and_the_status_of_the_event_leave_it_as_it_is(stage: Stage, user: User) -> None:
    sign(event=stage.event, run_id=done(stage, user).pk, by=user, note="", now=timezone.now())
    publish_event(event_id=stage.event.pk, by=SYSTEM, reason="test")
    stage.sell()
    assert readiness(stage) == Readiness.READY


def test_a_venue_that_wants_it_so_puts_nothing_on_sale_before_it_is_ready(
    stage: Stage, user: User
) -> None:
    Venue.objects.filter(pk=stage.event.venue_id).update(requires_checklist=True)
    done(stage, user)
    with pytest.raises(NotReadyError, match="go-live checklist"), transaction.atomic():
        publish_event(event_id=stage.event.pk, by=SYSTEM, reason="test")
    # Whatever the door: the database refuses it.
    with violates("event_on_sale_when_ready"):
        Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.ON_SALE)
    with violates("event_on_sale_when_ready"), connection.cursor() as cursor:
        cursor.execute("UPDATE events_event SET status = 'ON_SALE' WHERE id = %s", [stage.event.pk])
    with violates("event_on_sale_when_ready"):
        Event.objects.create(
            venue=stage.event.venue,
            name="New",
            status=EventStatus.ON_SALE,
            starts_at=stage.event.starts_at,
        )
    # The two screens that do it: of the event, and of the list.
    client = signed_in(user)
    data = {"reason": "Go"}
    answer = client.post(f"/admin/events/event/{stage.event.pk}/publish/", data, follow=True)
    assert "go-live checklist has to be run and signed" in answer.content.decode()
    data = {
        "action": "publish_selected",
        "_selected_action": str(stage.event.pk),
        "apply": "1",
        "reason": "Go",
    }
    answer = client.post("/admin/events/event/", data, follow=True)
    assert "go-live checklist has to be run and signed" in answer.content.decode()
    stage.event.refresh_from_db()
    assert stage.event.status == EventStatus.DRAFT
    run = standing_of(stage.event).run
    assert run is not None
    sign(event=stage.event, run_id=run.pk, by=user, note="", now=timezone.now())
    client.post(f"/admin/events/event/{stage.event.pk}/publish/", {"reason": "Go"})
    stage.event.refresh_from_db()
    assert stage.event.status == EventStatus.ON_SALE
    assert Pool.objects.filter(event=stage.event).exists()
