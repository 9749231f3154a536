"""Refused sales and holds are counted by quarter of an hour, item, channel and limit, outside the sale."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.enums import Connectivity
from allocations.models import SalesChannel
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM
from common.errors import RefusedError
from events.enums import EventStatus
from events.models import Event, Item
from idempotency.answers import Repeat
from offline.leases import LeaseOrder, take
from offline.reports import SaleReport
from offline.services import sync
from sales import bulk, limits
from sales import services as sales
from sales.enums import LIMITS_OF_QUANTITY, Limit
from sales.models import Booking, TurnedAway
from sales.orders import LineChange, OrderLine
from sales.turned_away import counting, services
from sales.turned_away.counting import Tally, tally
from sales.turned_away.selectors import turned_away
from tests.factories import Stage, let_expire, make_stage
from tests.proofs import execute, violates
from tests.sales.holding import make_hidden, make_hold
from tests.waiting import until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_tally(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this test alone, whatever was refused before it."""
    monkeypatch.setattr(counting, "_tally", Tally())


def written(stage: Stage) -> list[tuple[str, str, int, int]]:
    """Item, limit, refusals and tickets of each row, once what waits is written."""
    tally().flush()
    names = {item.pk: name for name, item in stage.items.items()}
    return sorted(
        (names[row.item_id], row.limit.value, row.refusals, row.tickets)
        for row in turned_away(stage.event.pk)
    )


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(RefusedError):
        act()


def test_each_refusal_counts_under_its_limit_with_the_tickets_asked_for() -> None:
    stage = make_stage(channels=("web", "agent"))
    event, ticket, listing = stage.event, stage.items["Ticket"], stage.listing()

    def expect(limit: Limit, tickets: int, channel: str = "web", **terms: Any) -> None:
        TurnedAway.objects.all().delete()
        order = stage.order([("Ticket", tickets)], channel, **terms)
        refused(lambda: sales.book(order, by=SYSTEM))
        assert written(stage) == [("Ticket", limit.value, 1, tickets)]
        assert not Booking.objects.exists()

    expect(Limit.ALLOCATION, 101)
    expect(Limit.NOT_ON_SALE, 3, "agent")  # which has been given nothing
    stage.draw("web")
    expect(Limit.OPEN, 102)
    limits.set_listing_limit(listing=listing, limit=7, by=SYSTEM, reason="test")
    expect(Limit.LISTING, 8)
    limits.set_item_limit(item=ticket, limit=5, by=SYSTEM, reason="test")
    expect(Limit.ITEM, 6)
    Item.objects.filter(pk=ticket.pk).update(max_per_booking=4)
    expect(Limit.PER_BOOKING, 5, confirm=True)
    Event.objects.filter(pk=event.pk).update(sales_from=timezone.now() + timedelta(hours=1))
    expect(Limit.WINDOW, 2)
    stop_selling(target=event, by=SYSTEM, reason="storm")
    expect(Limit.STOP, 1)
    Event.objects.filter(pk=event.pk).update(status=EventStatus.PAUSED)
    expect(Limit.NOT_ON_SALE, 4)


def test_an_order_of_several_items_is_one_refusal_with_the_tickets_of_each() -> None:
    stage = make_stage(
        pools={"GA": 10, "Car park": 1}, items={"Ticket": {"GA": 1}, "Space": {"Car park": 1}}
    )
    refused(lambda: stage.sell([("Ticket", 3), ("Space", 2)]))
    assert written(stage) == [("Space", "ALLOCATION", 1, 2), ("Ticket", "ALLOCATION", 0, 3)]


def test_all_that_sells_or_holds_counts_what_it_refuses() -> None:
    stage = make_hidden(10)
    booking = stage.hold([("Ticket", 2)])
    refused(lambda: sales.amend(booking, by=SYSTEM, changes=[LineChange(1, 12)]))
    refused(lambda: make_hold(stage, [("Ticket", 11)]))
    assert written(stage) == [("Ticket", "ALLOCATION", 2, 10 + 11)]
    let_expire(booking)
    refused(lambda: sales.confirm(booking, by=SYSTEM))
    bulk.book_many([stage.order([("Ticket", 9)]), stage.order([("Ticket", 4)])], by=SYSTEM)
    assert written(stage) == [
        ("Ticket", "ALLOCATION", 3, 10 + 11 + 4),
        ("Ticket", "HOLD_EXPIRED", 1, 2),
    ]


def test_a_late_sale_without_stock_and_a_lease_count_once_however_often_they_come() -> None:
    stage = make_stage(pools={"GA": 5})
    web = stage.channels["web"]
    SalesChannel.objects.filter(pk=web.pk).update(connectivity=Connectivity.OFFLINE)
    ticket = stage.items["Ticket"].pk
    late = SaleReport("a-1", {"a": 1}, lines=[OrderLine(ticket, 6)])
    for key in ("one", "one", "another"):
        sync(web.pk, [late], by=SYSTEM, repeat=Repeat.of("s", key))
    lease = LeaseOrder(stage.event.pk, web.pk, "Till", [OrderLine(ticket, 7)])
    for _try in range(2):
        refused(lambda: take(lease, by=SYSTEM, repeat=Repeat.of("s", "lease")))
    assert written(stage) == [("Ticket", "ALLOCATION", 2, 6 + 7)]


def test_a_request_that_is_tried_again_counts_once_and_a_faulty_one_not_at_all() -> None:
    stage = make_stage(pools={"GA": 5})
    order = stage.order([("Ticket", 6)])
    for key in ("k", "k", "l"):
        repeat = Repeat.of("me", key)
        refused(partial(sales.book, order, by=SYSTEM, repeat=repeat))
    refused(lambda: stage.sell([("Ticket", 0)]))
    assert written(stage) == [("Ticket", "ALLOCATION", 2, 12)]


def test_neither_a_sale_nor_a_refusal_costs_a_statement_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage(pools={"GA": 50})
    stage.sell()

    def statements(tickets: int) -> list[str]:
        with CaptureQueriesContext(connection) as queries, suppress(RefusedError):
            stage.sell([("Ticket", tickets)])
        return [query["sql"].split()[0] for query in queries]

    sold, turned = statements(1), statements(60)
    monkeypatch.setattr(Tally, "add", lambda _tally, _counts: None)
    assert (statements(1), statements(60)) == (sold, turned)


def test_counts_of_several_processes_add_up_and_what_names_nothing_is_left_out() -> None:
    stage, other = make_stage(), make_stage()
    event, web = stage.event.pk, stage.channels["web"].pk
    own = counting.Count(900, event, stage.items["Ticket"].pk, web, Limit.ITEM)
    foreign = own._replace(item_id=other.items["Ticket"].pk)
    nothing = own._replace(event_id=0)
    for _process in range(2):
        mine = Tally()
        mine.add([(own, 1, 4), (foreign, 1, 1), (nothing, 1, 1)])
        mine.flush()
    assert turned_away(event) == [
        (datetime.fromtimestamp(900, UTC), own.item_id, web, Limit.ITEM, 2, 8)
    ]
    assert TurnedAway.objects.count() == 1
    assert turned_away(event, limits=LIMITS_OF_QUANTITY - {Limit.ITEM}) == []


def test_what_cannot_be_written_is_kept_and_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = Tally()
    monkeypatch.setattr(counting, "MAX_COUNTS", 2)
    counts = [counting.Count(900, event, 1, 1, Limit.ITEM) for event in (1, 2, 3)]
    mine.add((count, 1, 1) for count in counts)

    def fail(_counts: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(counting, "write_counts", fail)
        with pytest.raises(OperationalError):
            mine.flush()
    kept: list[object] = []
    monkeypatch.setattr(counting, "write_counts", kept.extend)
    assert (mine.flush(), kept) == (2, counts[:2])
    monkeypatch.setattr(counting, "MAX_REQUESTS", 1)
    assert [mine.is_new(("s", key)) for key in ("a", "b", "b", "a")] == [True, True, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_thread_writes_what_waits_and_the_last_of_it_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage(pools={"GA": 5})
    monkeypatch.setattr(counting, "FLUSH_SECONDS", 0.05)
    services.start()
    try:
        refused(lambda: stage.sell([("Ticket", 6)]))
        until(lambda: len(turned_away(stage.event.pk)) == 1, "the thread has written it")
        monkeypatch.setattr(counting, "FLUSH_SECONDS", 600.0)
        until(lambda: tally().flush() == 0, "nothing waits")
        refused(lambda: stage.sell([("Ticket", 7)]))
    finally:
        monkeypatch.setattr(counting, "FLUSH_SECONDS", 20.0)
        services.stop()
    assert sum(row.tickets for row in turned_away(stage.event.pk)) == 13
    # Whoever stops may start again.
    monkeypatch.setattr(counting, "FLUSH_SECONDS", 0.05)
    services.start()
    try:
        until(lambda: tally().flush() == 0, "nothing waits")
        refused(lambda: stage.sell([("Ticket", 8)]))
        until(
            lambda: sum(row.tickets for row in turned_away(stage.event.pk)) == 21,
            "the thread has written it",
        )
    finally:
        monkeypatch.setattr(counting, "FLUSH_SECONDS", 20.0)
        services.stop()


@pytest.mark.parametrize(
    ("limited_by", "guard"),
    [("ITEM", "turned_away_once"), ("WEATHER", "turned_away_limit_known")],
)
def test_the_database_keeps_one_count_of_each_limit_that_there_is(
    limited_by: str, guard: str
) -> None:
    stage = make_stage()
    row = stage.event.pk, stage.items["Ticket"].pk, stage.channels["web"].pk
    insert = (
        "INSERT INTO sales_turnedaway (at, event_id, item_id, channel_id, limited_by, refusals, tickets)"
        " VALUES ('2026-01-01T12:00Z', %s, %s, %s, %s, 1, 1)"
    )
    execute(insert, *row, "ITEM")
    with violates(guard):
        execute(insert, *row, limited_by)
