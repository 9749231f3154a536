"""An event moves to another date, and what is timed by it moves along."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from allocations.enums import MovementKind
from allocations.models import Listing, Movement, Stock
from allocations.postponing import MOVED, Move, plan_postponement, postpone_event
from common.actor import SYSTEM, Actor
from common.errors import InvalidInputError, NotFoundError
from events.enums import EventStatus
from events.errors import EventStateError
from events.models import Event, Item
from tests.factories import Counters, Stage, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


NOW = at("2026-10-01T12:00")
NEW_START = at("2026-11-04T20:00")


@kept
def stage() -> Stage:
    """19:30 in Berlin, 20 October 2026; summer time ends on the 25th."""
    return stage_in(BERLIN)


def stage_in(zone: ZoneInfo) -> Stage:
    stage = make_stage(
        venue=make_venue(time_zone=str(zone)),
        starts_at=at("2026-10-20T19:30", zone),
        ends_at=at("2026-10-20T22:30", zone),
        sales_from=at("2026-09-01T10:00", zone),
        sales_until=at("2026-10-20T19:00", zone),
        give={("GA", "web"): 10},
    )
    Item.objects.filter(event=stage.event).update(sales_from=at("2026-10-13T09:00", zone))
    Listing.objects.filter(event=stage.event).update(sales_until=at("2026-10-20T17:00", zone))
    stage.draw(draws_from=at("2026-10-06T00:00", zone), draws_until=at("2026-10-19T23:59", zone))
    return stage


def postpone(
    stage: Stage,
    starts_at: datetime = NEW_START,
    *,
    by: Actor = SYSTEM,
    now: datetime = NOW,
    shift_windows: bool = True,
) -> list[Move]:
    with transaction.atomic():
        return postpone_event(
            event_id=stage.event.pk,
            starts_at=starts_at,
            by=by,
            reason="Storm",
            now=now,
            shift_windows=shift_windows,
        )


def local(zone: ZoneInfo, *moments: datetime | None) -> list[str]:
    return [f"{moment.astimezone(zone):%m-%d %H:%M}" if moment else "–" for moment in moments]


def times_of(stage: Stage, zone: ZoneInfo = BERLIN) -> dict[str, list[str]]:
    event, item = Event.objects.get(pk=stage.event.pk), Item.objects.get(event=stage.event)
    listing, row = stage.listing(), Stock.objects.get(pk=stage.row().pk)
    return {
        "event": local(zone, event.starts_at, event.ends_at, event.sales_from, event.sales_until),
        "item": local(zone, item.sales_from, item.sales_until),
        "listing": local(zone, listing.sales_from, listing.sales_until),
        "row": local(zone, row.draws_from, row.draws_until),
    }


@pytest.mark.parametrize("zone", [BERLIN, ZoneInfo("Asia/Kolkata")], ids=str)
def test_what_lies_ahead_moves_by_as_much_on_the_venues_clock(zone: ZoneInfo) -> None:
    stage = stage_in(zone)
    postpone(stage, at("2026-11-04T20:00", zone))
    assert times_of(stage, zone) == {
        "event": ["11-04 20:00", "11-04 23:00", "09-01 10:00", "11-04 19:30"],
        "item": ["10-28 09:30", "–"],
        "listing": ["–", "11-04 17:30"],
        "row": ["10-21 00:30", "11-04 00:29"],
    }
    assert_reconciled()


def test_windows_are_kept_if_wished(stage: Stage) -> None:
    before = times_of(stage)
    postpone(stage, shift_windows=False)
    assert times_of(stage) == {
        **before,
        "event": ["11-04 20:00", "11-04 23:00", "09-01 10:00", "10-20 19:00"],
    }


def test_each_changed_row_says_who_and_why(stage: Stage) -> None:
    user = make_user()
    postpone(stage, by=Actor.person(user))
    listing = stage.listing()
    for one in (stage.event, stage.items["Ticket"], listing):
        record = type(one).history.filter(id=one.pk).latest()
        assert (record.history_change_reason, record.history_user) == ("Storm", user)
    assert Event.history.filter(id=stage.event.pk).latest().starts_at == NEW_START
    assert Listing.history.filter(id=listing.pk).latest().sales_until == listing.sales_until
    moved = Movement.objects.latest("pk")
    assert (moved.kind, moved.reason, moved.user_id) == (MovementKind.TERMS, MOVED, user.pk)


def test_bookings_and_what_is_drawn_stay(stage: Stage) -> None:
    event = stage.event
    event.sales_from = event.sales_until = None
    event.save()
    Item.objects.filter(event=event).update(sales_from=None)
    Listing.objects.filter(event=event).update(sales_until=None)
    stage.draw()
    Event.objects.filter(pk=event.pk).update(starts_at="2090-01-01T19:30Z", ends_at=None)
    stage.sell([("Ticket", 15)])
    stage.hold([("Ticket", 3)])
    postpone(stage, at("2090-02-01T19:30"))
    assert stage.counters() == Counters(18, 3, 15, 8)
    assert_reconciled()


def test_the_plan_names_each_moment_from_and_to_and_changes_nothing(stage: Stage) -> None:
    with nothing_changed():
        plan = plan_postponement(
            Event.objects.get(pk=stage.event.pk), NEW_START, now=NOW, shift_windows=True
        )
    assert [(str(move.owner), move.field) for move in plan] == [
        (str(stage.event), "starts_at"),
        (str(stage.event), "ends_at"),
        (str(stage.event), "sales_until"),
        ("Ticket", "sales_from"),
        (str(stage.listing()), "sales_until"),
        (str(stage.row()), "draws_from"),
        (str(stage.row()), "draws_until"),
    ]
    assert local(BERLIN, plan[2].before, plan[2].after) == ["10-20 19:00", "11-04 19:30"]
    assert times_of(stage)["event"][0] == "10-20 19:30"


def test_a_date_may_come_earlier_and_windows_with_it(stage: Stage) -> None:
    postpone(stage, at("2026-10-17T19:30"))
    assert times_of(stage)["event"] == ["10-17 19:30", "10-17 22:30", "09-01 10:00", "10-17 19:00"]


def refused(stage: Stage, error: type[Exception], text: str, **terms: object) -> None:
    before = times_of(stage)
    with nothing_changed(), pytest.raises(error, match=text):
        postpone(stage, **terms)  # type: ignore[arg-type]
    assert times_of(stage) == before


def test_a_cancelled_event_is_not_postponed(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.CANCELLED)
    refused(stage, EventStateError, "is cancelled")


def test_an_event_that_is_over_is_not_postponed(stage: Stage) -> None:
    over = at("2026-10-20T22:30")
    refused(stage, EventStateError, "was over on 20 Oct 2026, 22:30", now=over)
    postpone(stage, now=over - timedelta(seconds=1))


def test_an_event_without_an_end_is_over_with_its_day(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(ends_at=None)
    refused(stage, EventStateError, "21 Oct 2026, 00:00", now=at("2026-10-21T00:00"))


@pytest.mark.parametrize(
    ("starts_at", "text"),
    [
        (at("2026-10-20T19:30"), "starts at this time already"),
        (NOW, "in the past"),
        (at("2026-09-30T19:30"), "in the past"),
        (at("2100-06-01T19:30"), "would be 1 Jun 2100, 19:30"),
    ],
)
def test_a_start_that_cannot_be_is_refused(stage: Stage, starts_at: datetime, text: str) -> None:
    refused(stage, InvalidInputError, text, starts_at=starts_at)


def test_a_window_that_would_leave_the_century_is_refused_by_name(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(sales_until="2099-12-31T12:00Z")
    refused(stage, InvalidInputError, "sales until would be 15 Jan 2100")


def test_a_window_that_would_end_before_it_began_is_refused_by_name(stage: Stage) -> None:
    """Its beginning is past and stays, its end would come before."""
    Item.objects.filter(event=stage.event).update(
        sales_from=at("2026-09-30T12:00"), sales_until=at("2026-10-02T12:00")
    )
    refused(
        stage,
        InvalidInputError,
        "Ticket: the window would begin on 30 Sep 2026, 12:00 CEST and end on 17 Sep 2026, 12:00 CEST",
        starts_at=at("2026-10-05T19:30"),
    )


def test_no_event_is_not_found() -> None:
    with pytest.raises(NotFoundError), transaction.atomic():
        postpone_event(event_id=0, starts_at=NEW_START, by=SYSTEM, reason="Storm", now=NOW)


def test_statements_do_not_grow_with_items_and_listings() -> None:
    counted = []
    for items in (2, 6):
        names = {f"Item {number}": {"GA": 1} for number in range(items)}
        stage = make_stage(items=names, channels=("web", "agent"), starts_at=at("2026-10-20T19:30"))
        Item.objects.filter(event=stage.event).update(sales_until=at("2026-10-20T17:00"))
        Listing.objects.filter(event=stage.event).update(sales_until=at("2026-10-20T17:00"))
        with CaptureQueriesContext(connection) as queries:
            assert len(postpone(stage)) == 1 + 3 * items
        counted.append(len(queries))
    assert counted[0] == counted[1]
