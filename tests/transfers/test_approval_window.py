"""Whatever takes units, or their use, from a channel asks the question that a transfer asks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import ledger
from allocations import services as stock
from allocations.enums import Draws, MovementKind
from allocations.errors import NeedsApprovalError, ProtectedError
from allocations.kills import services as kills
from allocations.models import Stock
from allocations.plans import release
from allocations.plans.spec import Line
from allocations.postponing import postpone_event
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event
from sales.limits import set_item_limit, set_listing_limit
from tests.allocations.plans.specs import apply, line
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed, violates
from transfers import tasks, words
from transfers.enums import Need
from transfers.models import FormerStart, TransferPolicy, UnapprovedTaking
from transfers.services import Wish, request

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=5)


def plan(stage: Stage, web: int, hotel: int, **terms: Any) -> list[Line]:
    return [line(stage, "web", web), line(stage, "hotel", hotel, draws=Draws.GENERAL, **terms)]


@kept
def stage() -> Stage:
    """Website 50, hotel 40 and what it draws of the 10 that are open; 20 hours to the start."""
    found = make_stage(
        channels=("web", "hotel"),
        give={},
        status=EventStatus.DRAFT,
        starts_at=timezone.now() + timedelta(hours=20),
    )
    apply(found, *plan(found, 50, 40))
    set_listing_limit(listing=found.listing(channel="hotel"), limit=30, by=SYSTEM, reason="Set up")
    Event.objects.update(status=EventStatus.ON_SALE)
    return found


def draw(stage: Stage, **terms: Any) -> None:
    wanted = {"draws_on": stage.open_row()} | terms
    with transaction.atomic():
        stock.set_drawing(row=stage.row(channel="hotel"), by=SYSTEM, reason="More for us", **wanted)


def lower_limit(stage: Stage, limit: int) -> None:
    set_listing_limit(
        listing=stage.listing(channel="hotel"), limit=limit, by=SYSTEM, reason="More for us"
    )


def take_out(row: Stock, units: int) -> None:
    with transaction.atomic():
        kills.take_out(source=row, units=units, by=SYSTEM, reason="Broken")


# What a plan manager can do to what the hotel has, each by the service behind its page.
DOORS: dict[str, tuple[Callable[[Stage], Any], str]] = {
    "plan": (lambda it: apply(it, *plan(it, 90, 0)), "hotel would lose 40 of GA"),
    "plan that ends drawing": (
        lambda it: apply(it, line(it, "web", 50), line(it, "hotel", 40)),
        "hotel could sell less of GA",
    ),
    "plan that takes open stock": (
        lambda it: apply(it, *plan(it, 60, 40)),
        "The open stock would lose 10 of GA",
    ),
    "plan that releases earlier": (
        lambda it: apply(it, *plan(it, 50, 40, release_hours=2)),
        "hotel could sell less of GA",
    ),
    "drawing nowhere": (lambda it: draw(it, draws_on=None), "hotel could sell less"),
    "drawing later": (
        lambda it: draw(it, draws_from=timezone.now() + LATER),
        "hotel could sell less",
    ),
    "drawing for less long": (
        lambda it: draw(it, draws_until=timezone.now() + LATER),
        "hotel could sell less",
    ),
    "ceiling": (lambda it: draw(it, ceiling=45), "hotel could sell less"),
    "out of sale": (lambda it: take_out(it.row(channel="hotel"), 5), "hotel would lose 5 of GA"),
    "open stock out of sale": (
        lambda it: take_out(it.open_row(), 5),
        "The open stock would lose 5 of GA",
    ),
    "limit lowered": (lambda it: lower_limit(it, 20), "hotel could sell less"),
    "limit of an item opened": (
        lambda it: set_item_limit(item=it.items["Ticket"], limit=60, by=SYSTEM, reason="Fewer"),
        "could sell less",
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_near_the_start_nothing_is_taken_from_a_channel_just_so(stage: Stage, door: str) -> None:
    take, said = DOORS[door]
    with nothing_changed(), pytest.raises(NeedsApprovalError, match=said) as refused:
        take(stage)
    assert refused.value.needs == ("NEAR_START",)
    assert "less than 48 hours" in refused.value.detail


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("status", "hours"), [(EventStatus.DRAFT, 20), (EventStatus.ON_SALE, 72)])
def test_earlier_and_while_it_is_set_up_it_is_taken(
    stage: Stage, door: str, status: EventStatus, hours: int
) -> None:
    take, _said = DOORS[door]
    Event.objects.update(status=EventStatus.DRAFT)  # a start that it has had on sale counts
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=hours))
    Event.objects.update(status=status)
    take(stage)
    assert_reconciled()


def test_what_gives_a_channel_more_of_what_nobody_has_asks_nobody(stage: Stage) -> None:
    draw(stage, draws_from=timezone.now() - LATER)  # it may draw already
    lower_limit(stage, 35)
    assert_reconciled()


def test_no_door_passes_by_the_database(stage: Stage) -> None:
    """Also one that nobody has thought of: whoever arranges stock is judged."""
    hotel, web = stage.row(channel="hotel"), stage.row()

    def decide(_rows: Any) -> dict[int, ledger.Place]:
        return {
            hotel.pk: ledger.Place(30, 0, ledger.Terms.of(hotel)),
            web.pk: ledger.Place(60, 0, ledger.Terms.of(web)),
        }

    with violates("stock_taken_with_approval"):
        execute("UPDATE allocations_stock SET draws_on_id = NULL WHERE id = %s", hotel.pk)
    for kind in (MovementKind.PLAN, MovementKind.MOVE):
        with nothing_changed(), pytest.raises(NeedsApprovalError):
            ledger.arrange([hotel.pk, web.pk], decide, kind=kind, by=SYSTEM)


def test_unsold_units_go_back_at_the_time_that_the_plan_in_force_says() -> None:
    stage = make_stage(channels=("web", "hotel"), give={}, status=EventStatus.DRAFT)
    apply(stage, *plan(stage, 50, 40, release_hours=24))
    Event.objects.update(status=EventStatus.ON_SALE, starts_at=timezone.now() + timedelta(hours=30))
    hours = stage.row(channel="hotel").releases_at
    assert hours is not None
    assert release.release_pool(stage.pools["GA"].pk, hours) > 0
    assert stage.counters(channel="hotel").quantity == 0
    assert_reconciled()


def test_nothing_goes_back_that_no_plan_sends_back(stage: Stage) -> None:
    hotel, general = stage.row(channel="hotel"), stage.open_row()

    def decide(_rows: Any) -> dict[int, ledger.Place]:
        return {
            hotel.pk: ledger.Place(0, 0, ledger.Terms.of(hotel)),
            general.pk: ledger.Place(50, 0, ledger.Terms()),
        }

    with violates("stock_released_as_planned"):
        ledger.arrange([hotel.pk, general.pk], decide, kind=MovementKind.RELEASE_BACK, by=SYSTEM)


def test_a_protected_channel_keeps_what_it_has_whatever_a_plan_says() -> None:
    stage = make_stage(channels=("web", "hotel"), give={("GA", "hotel"): 40})
    TransferPolicy.objects.get(venue=stage.event.venue).protected.add(stage.channels["hotel"])
    with nothing_changed(), pytest.raises(ProtectedError, match="hotel is protected"):
        apply(stage, *plan(stage, 50, 39))
    with violates("stock_never_from_protected"):
        execute("UPDATE allocations_stock SET releases_at = now() WHERE kind = 'CHANNEL'")
    apply(stage, *plan(stage, 50, 41))
    assert stage.counters(channel="hotel").quantity == 41


def test_another_date_that_shortens_what_a_channel_may_draw_is_asked_about(stage: Stage) -> None:
    Event.objects.update(status=EventStatus.DRAFT)
    apply(stage, *plan(stage, 50, 40, closes_hours=2, closes="BEFORE_START"))
    Event.objects.update(status=EventStatus.ON_SALE)
    with nothing_changed(), pytest.raises(NeedsApprovalError), transaction.atomic():
        postpone_event(
            event_id=stage.event.pk,
            starts_at=timezone.now() + timedelta(hours=10),
            by=SYSTEM,
            reason="Earlier",
            now=timezone.now(),
        )


# --- A date that is moved away, or nearer -----------------------------------------------------------


def move_to(stage: Stage, hours: int) -> None:
    now = timezone.now()
    with transaction.atomic():
        postpone_event(
            event_id=stage.event.pk,
            starts_at=now + timedelta(hours=hours),
            by=SYSTEM,
            reason="Storm",
            now=now,
            shift_windows=False,
        )


@pytest.mark.parametrize("door", DOORS)
def test_an_event_moved_away_keeps_the_start_that_it_had_until_that_has_passed(
    stage: Stage, door: str
) -> None:
    take, _said = DOORS[door]
    move_to(stage, 24 * 90)
    said = "moved away less than 48 h"
    with nothing_changed(), pytest.raises(NeedsApprovalError, match=said) as refused:
        take(stage)
    assert refused.value.needs == ("MOVED_AWAY",)
    FormerStart.objects.update(starts_at=timezone.now() - timedelta(seconds=1))
    take(stage)
    with pytest.raises(NeedsApprovalError):  # back again, a day later
        move_to(stage, 22)


def test_a_request_is_explained_by_the_start_that_the_database_has_judged(stage: Stage) -> None:
    """Also when another policy holds by now, or the former start has passed."""
    rows = (stage.row(channel="hotel"), stage.row())
    wish = Wish(rows[0].pk, rows[1].pk, 5, "Slow")
    near = request(wish, by=SYSTEM, now=timezone.now())
    move_to(stage, 24 * 90)
    moved = request(wish, by=SYSTEM, now=timezone.now())
    policy = TransferPolicy.objects.get(venue=stage.event.venue)
    policy.approval_hours = 12
    assert (near.needs, moved.needs) == ([Need.NEAR_START], [Need.MOVED_AWAY])
    assert words.needs(near.needs, policy, *rows) == ["It is less than 12 hours to the start."]
    assert words.needs(moved.needs, policy, *rows) == [
        "The event was moved away when its former start was near; that start counts until it has passed."
    ]


def test_moved_into_the_past_it_is_not_over(stage: Stage) -> None:
    Event.objects.update(starts_at=timezone.now() - timedelta(days=9))
    with nothing_changed(), pytest.raises(NeedsApprovalError):
        apply(stage, *plan(stage, 90, 0))


@pytest.mark.parametrize("door", DOORS)
def test_a_date_is_not_moved_nearer_over_what_was_taken_within_its_window(
    stage: Stage, door: str
) -> None:
    take, _said = DOORS[door]
    Event.objects.update(status=EventStatus.DRAFT)
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=72))
    Event.objects.update(status=EventStatus.ON_SALE)
    move_to(stage, 71)
    take(stage)
    move_to(stage, 50)
    said = "less than 48 hours before the new start, without an approval"
    with nothing_changed(), pytest.raises(NeedsApprovalError, match=said) as refused:
        move_to(stage, 47)
    assert refused.value.needs == ("NEAR_START",)


def test_what_is_taken_after_the_event_stands_in_no_way_of_another_date(stage: Stage) -> None:
    Event.objects.update(status=EventStatus.DRAFT)
    Event.objects.update(starts_at=timezone.now() - timedelta(days=9))
    Event.objects.update(status=EventStatus.ON_SALE)
    FormerStart.objects.all().delete()
    apply(stage, *plan(stage, 90, 0))
    assert UnapprovedTaking.objects.count() == 0
    Event.objects.update(starts_at=timezone.now() - timedelta(days=10))
    assert_reconciled()


def test_what_was_taken_before_the_window_of_a_nearer_date_stands_in_no_way(stage: Stage) -> None:
    Event.objects.update(status=EventStatus.DRAFT)
    Event.objects.update(starts_at=timezone.now() + timedelta(hours=72))
    Event.objects.update(status=EventStatus.ON_SALE)
    apply(stage, *plan(stage, 90, 0))
    UnapprovedTaking.objects.update(at=timezone.now() - timedelta(hours=2))
    move_to(stage, 47)
    assert_reconciled()


def test_what_no_window_reaches_is_forgotten(stage: Stage) -> None:
    now = timezone.now()
    event, row = stage.event, stage.row().pk
    for hours in (366 * 24 - 1, 366 * 24 + 1):
        at = now - timedelta(hours=hours)
        UnapprovedTaking.objects.create(event=event, stock_id=row, units=hours, at=at)
    for minutes in (1, -1):
        start = now + timedelta(minutes=minutes)
        FormerStart.objects.create(event=event, starts_at=start, left_at=now - LATER)
    assert tasks.forget_old() == 2
    assert UnapprovedTaking.objects.get().units == 366 * 24 - 1
    assert FormerStart.objects.get().starts_at > now
