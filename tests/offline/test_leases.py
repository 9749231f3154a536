"""A lease sets tickets aside for a terminal within the same stock, limits and rules as a sale."""

from datetime import timedelta

import pytest
from django.utils import timezone

from allocations.enums import ChannelKind, ChannelPlace, Connectivity, MovementKind
from allocations.models import Movement, SalesChannel, UnreportedSales
from common.actor import SYSTEM
from common.errors import InvalidInputError
from events.models import Component
from idempotency.answers import Repeat
from offline import leases
from offline.errors import AlwaysConnectedError
from offline.unreported import estimate_all
from sales import blocks
from sales.cancellation import cancel_event
from sales.enums import BlockStatus
from sales.errors import InvalidStateError, NotOnSaleError, SoldOutError
from sales.limits import set_listing_limit
from sales.models import Block, BlockLine
from sales.orders import OrderLine
from sales.tasks import settle_cancelled_events
from tests.factories import Counters, Stage, make_channel, make_event, make_item, make_stage
from tests.offline.selling import make_kiosk, outcomes, report, sale, take_lease
from tests.proofs import assert_reconciled, execute, nothing_changed, violates

pytestmark = pytest.mark.django_db


def let_lapse(lease: Block, minutes: int = 1) -> None:
    """As if its grace had ended so many minutes ago."""
    past = timezone.now() - timedelta(minutes=minutes)
    Block.objects.filter(pk=lease.pk).update(expires_at=past, hands_back_at=past)


def test_a_lease_holds_its_tickets_and_says_until_when(stage: Stage) -> None:
    channel = stage.channels["web"]
    channel.longest_lease_hours, channel.lease_grace_minutes = 8, 30
    channel.save()
    lease = take_lease(stage, [("Ticket", 4)], terminal=" Gate 2 ")
    assert stage.counters() == Counters(10, 4, 0, 0)
    assert (lease.name, lease.status) == ("Gate 2", BlockStatus.ACTIVE)
    assert lease.expires_at - lease.created_at == timedelta(hours=8)
    assert lease.hands_back_at - lease.expires_at == timedelta(minutes=30)
    movement = Movement.objects.filter(document_id=lease.pk, document_kind="BLOCK").get()
    assert (movement.kind, movement.delta_held) == (MovementKind.SET_ASIDE, 4)
    assert_reconciled()


def test_a_lease_draws_on_the_open_stock_and_gives_back_there() -> None:
    stage = make_kiosk(10, give={})
    stage.draw()
    lease = take_lease(stage, [("Ticket", 4)])
    assert stage.counters() == Counters(4, 4, 0, 4)
    leases.hand_back(lease.pk, by=SYSTEM, reason="the day is over")
    assert stage.counters() == Counters(0, 0, 0, 0)
    assert_reconciled()


@pytest.mark.parametrize(
    ("order", "error", "field"),
    [
        ({"lines": [("Ticket", 11)]}, SoldOutError, "lines[0].quantity"),
        ({"lines": [("Ticket", 2), ("Ticket", 1)]}, InvalidInputError, "lines[1].item"),
        ({"expires_in_seconds": 24 * 3600 + 1}, InvalidInputError, "expires_in_seconds"),
        ({"terminal": "  "}, InvalidInputError, "terminal"),
        ({"terminal": "Gate\u202e 2"}, InvalidInputError, "terminal"),
    ],
)
def test_what_cannot_be_leased_is_refused_with_its_field(
    stage: Stage, order: dict[str, object], error: type[Exception], field: str
) -> None:
    with nothing_changed(), pytest.raises(error) as refused:
        take_lease(stage, **order)  # type: ignore[arg-type]
    assert getattr(refused.value, "field", None) == field


def test_a_channel_that_asks_at_each_sale_takes_no_lease(stage: Stage) -> None:
    channel = stage.channels["web"]
    channel.connectivity = Connectivity.REAL_TIME
    channel.save()
    with nothing_changed(), pytest.raises(AlwaysConnectedError):
        take_lease(stage)


def test_a_counter_that_asks_at_each_sale_leases_and_is_no_late_reporter() -> None:
    stage = make_stage(pools={"GA": 10}, channels=("desk",), give={("GA", "desk"): 10})
    desk = stage.channels["desk"]
    SalesChannel.objects.filter(pk=desk.pk).update(
        kind=ChannelKind.PHYSICAL, place=ChannelPlace.BOX_OFFICE
    )
    lease = take_lease(stage, channel="desk")
    assert stage.counters(channel="desk") == Counters(10, 5, 0, 0)
    assert outcomes(report(stage, [sale(stage, "1", 2)], channel="desk", lease=lease)) == [
        "ACCEPTED"
    ]
    assert stage.counters(channel="desk") == Counters(10, 3, 2, 0)
    estimate_all(timezone.now())
    assert not UnreportedSales.objects.exists()
    assert_reconciled()


def test_a_lease_keeps_within_the_limit_of_its_listing(stage: Stage) -> None:
    set_listing_limit(listing=stage.listing(), limit=3, by=SYSTEM, reason="test")
    with pytest.raises(SoldOutError) as refused:
        take_lease(stage, [("Ticket", 4)])
    assert refused.value.numbers["sellable"] == 3
    take_lease(stage, [("Ticket", 3)])
    with pytest.raises(SoldOutError):
        stage.sell()


def test_a_limit_that_opens_counts_what_is_leased(stage: Stage) -> None:
    take_lease(stage, [("Ticket", 4)])
    set_listing_limit(listing=stage.listing(), limit=6, by=SYSTEM, reason="test")
    assert stage.limit_row(channel="web").held == 4
    assert_reconciled()


def test_the_same_request_takes_one_lease(stage: Stage) -> None:
    order = leases.LeaseOrder(
        stage.event.pk,
        stage.channels["web"].pk,
        "Kiosk 1",
        [OrderLine(stage.items["Ticket"].pk, 2)],
    )
    repeat = Repeat.of("channel:1", "key", b"body")
    first = leases.take(order, by=SYSTEM, repeat=repeat)
    again = leases.take(order, by=SYSTEM, repeat=repeat)
    assert (again.body, again.replayed) == (first.body, True)
    assert Block.objects.count() == 1


def test_what_was_not_sold_is_handed_back_once(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    report(stage, [sale(stage, "A", 2)], lease=lease)
    leases.hand_back(lease.pk, by=SYSTEM, reason="the day is over")
    assert stage.counters() == Counters(10, 0, 2, 0)
    line = lease.lines.get()
    assert (line.sold, line.handed_back, line.left) == (2, 3, 0)
    with nothing_changed(), pytest.raises(InvalidStateError):
        leases.hand_back(lease.pk, by=SYSTEM)
    assert_reconciled()


def test_a_lease_lapses_after_its_grace_and_not_before(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    Block.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert blocks.hand_back_due() == 0
    assert stage.counters().held == 5
    let_lapse(lease)
    assert blocks.hand_back_due() == 1
    lease.refresh_from_db()
    assert (lease.status, stage.counters().held) == (BlockStatus.LAPSED, 0)
    assert blocks.hand_back_due() == 0
    assert_reconciled()


def test_a_lease_is_extended_until_its_rest_is_handed_back(stage: Stage) -> None:
    lease = take_lease(stage, expires_in_seconds=60)
    Block.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    leases.extend(lease.pk, by=SYSTEM, seconds=600)
    lease.refresh_from_db()
    assert lease.expires_at - lease.updated_at == timedelta(seconds=600)
    assert lease.hands_back_at - lease.expires_at == timedelta(minutes=120)
    let_lapse(lease)
    blocks.hand_back_due()
    with nothing_changed(), pytest.raises(InvalidStateError):
        leases.extend(lease.pk, by=SYSTEM, seconds=600)


def test_leases_end_with_a_cancelled_event(stage: Stage) -> None:
    lease = take_lease(stage)
    cancel_event(event_id=stage.event.pk, fates={}, by=SYSTEM, reason="rain")
    with pytest.raises(NotOnSaleError):
        leases.extend(lease.pk, by=SYSTEM)
    settle_cancelled_events()
    lease.refresh_from_db()
    assert (lease.status, lease.end_reason) == (BlockStatus.LAPSED, "event cancelled")
    assert stage.counters() == Counters(10, 0, 0, 0)
    assert outcomes(report(stage, [sale(stage, "A")], lease=lease)) == ["CONFLICT"]
    assert_reconciled()


def test_what_an_item_consists_of_stays_once_it_was_leased(stage: Stage) -> None:
    take_lease(stage)
    with violates("component_frozen_once_sold"):
        Component.objects.filter(item=stage.items["Ticket"]).update(units=2)


def test_a_lease_keeps_its_owner_and_never_begins_again(stage: Stage) -> None:
    lease = take_lease(stage)
    with violates("block_stays"):
        Block.objects.all()._raw_delete("default")
    for changed in (
        {"channel": make_channel(stage.event.venue)},
        {"event": make_event()},
        {"uuid": "01890000-0000-7000-8000-000000000000"},
    ):
        with violates("block_keeps_its_owner"):
            Block.objects.update(**changed)
    with violates("block_name_normalized"):
        execute("UPDATE sales_block SET name = ' Gate  2'")
    with violates("block_ended_has_its_time"):
        Block.objects.update(status=BlockStatus.RETURNED)
    with violates("block_hands_back_after_it_expires"):
        Block.objects.update(hands_back_at=lease.created_at)
    leases.hand_back(lease.pk, by=SYSTEM)
    with violates("block_status_moves"):
        Block.objects.update(status=BlockStatus.ACTIVE, ended_at=None)


def test_a_line_of_a_lease_keeps_what_was_set_aside_and_sold(stage: Stage) -> None:
    lease = take_lease(stage, [("Ticket", 5)])
    other = make_item(stage.event, "Other", {stage.pools["GA"]: 1})
    line = {"block": lease, "listing": stage.listing(), "unit_price": 10, "quantity": 1}
    for constraint, values in {
        "block_line_number_once": {"number": 1, "item": other},
        "block_line_item_once": {"number": 2, "item": stage.items["Ticket"]},
        "block_line_positive": {"number": 2, "item": other, "quantity": 0},
        "block_line_sold_within": {"number": 2, "item": other, "sold": 2},
        "block_line_price_not_negative": {"number": 2, "item": other, "unit_price": -1},
    }.items():
        with violates(constraint):
            BlockLine.objects.create(**line | values)
    report(stage, [sale(stage, "A", 2)], lease=lease)
    for changed in ({"quantity": 9}, {"sold": 1}, {"unit_price": 1}):
        with violates("block_line_stays"):
            BlockLine.objects.update(**changed)


def test_a_lease_lasts_no_longer_than_a_week(stage: Stage) -> None:
    with violates("channel_lease_within_reason"):
        type(stage.channels["web"]).objects.update(longest_lease_hours=169)
