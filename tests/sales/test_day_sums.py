"""Sums of days say what the bookings say, whatever changes and whenever."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from common.actor import SYSTEM
from events.models import Venue
from planning.reports.catalog import REPORTS
from planning.reports.scope import Scope
from sales import services as sales
from sales.day_sums import services
from sales.day_sums.selectors import SOLD
from sales.models import Booking, BookingLine, DayChange, DaySold, DaySums
from sales.orders import LineChange, OrderLine
from tests.factories import Stage, id_of, make_stage, make_venue
from tests.proofs import violates

pytestmark = pytest.mark.django_db(transaction=True)

Sums = Sequence[tuple[Any, ...]]
_BOOKED = """
SELECT (b.confirmed_at AT TIME ZONE v.time_zone)::date, b.channel_id, l.item_id,
       sum(l.quantity - l.refunded), sum(l.unit_price * (l.quantity - l.refunded))
  FROM sales_booking b JOIN events_event e ON e.id = b.event_id JOIN events_venue v ON v.id = e.venue_id
  JOIN sales_bookingline l ON l.booking_id = b.id
 WHERE b.status = 'CONFIRMED' GROUP BY 1, 2, 3 HAVING sum(l.quantity - l.refunded) > 0 ORDER BY 1, 2, 3
"""
_SUMMED = """
SELECT day, channel_id, item_id, sum(tickets), sum(amount) FROM sold
 GROUP BY 1, 2, 3 HAVING sum(tickets) > 0 ORDER BY 1, 2, 3
"""


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "FEWEST_SOLD", 1)


def booked() -> Sums:
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED)
        return list(cursor.fetchall())


def summed(stage: Stage) -> Sums:
    return Scope([], date.min, date.max).read_of([stage.event.pk], SOLD + _SUMMED)


def sell(stage: Stage, days_ago: float, tickets: int = 1, channel: str = "web") -> int:
    booking = id_of(stage.sell([("Ticket", tickets)], channel))
    backdate(booking, days_ago)
    return booking


def backdate(booking: int, days_ago: float) -> None:
    moment = timezone.now() - timedelta(days=days_ago)
    Booking.objects.filter(pk=booking).update(confirmed_at=moment)


def make(zone: str = "Asia/Kolkata") -> Stage:
    return make_stage(
        venue=make_venue(time_zone=zone),
        pools={"GA": 200},
        items={"Ticket": {"GA": 1}, "Pack": {"GA": 4}},
        channels=("web", "agent"),
        give={("GA", "web"): 100, ("GA", "agent"): 100},
        price="12.50",
    )


def test_a_sale_and_a_hold_that_is_confirmed_note_nothing() -> None:
    stage = make()
    stage.sell([("Ticket", 2)])
    hold = stage.hold([("Ticket", 3)])
    sales.amend(hold, by=SYSTEM, changes=[LineChange(1, 1)])
    sales.confirm(hold, by=SYSTEM)
    assert not DayChange.objects.exists()


def test_sums_are_those_of_the_bookings_after_each_change() -> None:
    stage = make()
    old, other = sell(stage, 9, 4), sell(stage, 3, 5, "agent")
    sell(stage, 9, 2)
    sell(stage, 0, 1)
    assert services.keep_all(timezone.now()) == 1
    assert not DayChange.objects.exists()
    assert DaySold.objects.count() == 2
    assert summed(stage) == booked()

    def refund() -> None:
        sales.cancel(old, by=SYSTEM, reason="ill", lines={1: 1})

    def cancel() -> None:
        sales.cancel(other, by=SYSTEM, reason="ill")

    def add() -> None:
        item = stage.items["Pack"].pk
        sales.amend(old, by=SYSTEM, changes=[], additions=[OrderLine(item, 1)])

    def sell_more() -> None:
        stage.sell([("Ticket", 7)])

    def date_back() -> None:
        backdate(old, 5)

    for change in (refund, add, cancel, sell_more, date_back):
        before = booked()
        change()
        assert booked() != before
        assert summed(stage) == booked(), change
        services.keep_all(timezone.now())
        assert not DayChange.objects.filter(event=stage.event).exists()
        assert summed(stage) == booked(), change
    assert services.keep_all(timezone.now()) == 0


def test_new_days_are_added_and_another_time_zone_begins_anew() -> None:
    stage = make()
    now = timezone.now()
    for days in (9.3, 9.1, 8.7, 2.2, 2.0, 1.4, 0.6):
        sell(stage, days)
    services.keep_all(now - timedelta(days=5))
    few = DaySold.objects.count()
    assert summed(stage) == booked()
    services.keep_all(now)
    assert DaySold.objects.count() > few > 0
    assert summed(stage) == booked()
    Venue.objects.filter(pk=stage.event.venue_id).update(time_zone="America/Havana")
    assert summed(stage) == booked()
    services.keep_all(now)
    assert DaySums.objects.get().zone == "America/Havana"
    assert summed(stage) == booked()


def test_a_midnight_that_comes_twice_belongs_to_one_day() -> None:
    """In Havana 1 November 2026 has midnight to one o'clock twice."""
    stage = make("America/Havana")
    for moment in ("2026-11-01T03:59Z", "2026-11-01T04:30Z", "2026-11-01T05:30Z"):
        booking = id_of(stage.sell())
        Booking.objects.filter(pk=booking).update(confirmed_at=moment)
    for until in ("2026-11-01T14:00", "2026-11-02T14:00"):
        services.keep_all(datetime.fromisoformat(f"{until}+00:00").astimezone(UTC))
        assert summed(stage) == booked()
    assert sorted(DaySold.objects.values_list("day", "tickets")) == [
        (date(2026, 10, 31), 1),
        (date(2026, 11, 1), 2),
    ]


def test_what_is_changed_while_days_are_summed_up_is_not_lost() -> None:
    stage = make()
    booking = sell(stage, 4, 3)
    services.keep_all(timezone.now())

    def work() -> None:
        services.keep_all(timezone.now())
        connections.close_all()

    with transaction.atomic():
        BookingLine.objects.filter(booking=booking).update(refunded=1)
        worker = Thread(target=work)
        worker.start()
        worker.join()
    assert DayChange.objects.exists()
    assert summed(stage) == booked()
    services.keep_all(timezone.now())
    assert summed(stage) == booked()
    assert DaySold.objects.get().tickets == 2


def test_what_is_noted_of_an_event_without_sums_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "FEWEST_SOLD", 1_000)
    stage = make()
    sell(stage, 4)
    assert DayChange.objects.exists()
    now = timezone.now()
    services.keep_all(now)
    assert DayChange.objects.exists()
    assert services.keep_all(now + services.FORGOTTEN + timedelta(minutes=1)) == 0
    assert not DayChange.objects.exists()
    assert summed(stage) == booked()


def test_a_report_reads_the_sums() -> None:
    stage = make()
    sell(stage, 4, 3)
    services.keep_all(timezone.now())
    DaySold.objects.update(tickets=1_000)
    today = timezone.localdate()
    scope = Scope([stage.event.venue], today - timedelta(days=9), today)
    assert REPORTS["sales"].build(scope, "channel").totals[0][1] == 1_000
    assert 1_000 in {row[1] for row in REPORTS["pace"].build(scope, "").rows}


def test_the_database_keeps_one_sum_of_a_day() -> None:
    stage = make()
    sell(stage, 4)
    services.keep_all(timezone.now())
    row = DaySold.objects.get()
    row.pk = None
    with violates("day_sold_once"):
        row.save(force_insert=True)
