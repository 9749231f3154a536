"""Reports say what the bookings, the stock and the counts say, on the venue's own days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.kills.services import take_out
from allocations.models import Stock
from common.actor import SYSTEM
from events.models import Event, Series, Venue
from planning.reports.catalog import REPORTS
from planning.reports.files import sheet_of
from planning.reports.scope import Scope
from planning.reports.table import Row, Table
from planning.reports.words import cells_of
from sales import services as sales
from sales.enums import Limit
from sales.models import Booking, BookingLine
from sales.orders import LineChange
from sales.turned_away.services import Count, quarter_of, write_counts
from tests.factories import Stage, id_of, make_stage, make_venue
from tests.kept import kept
from tests.sales.holding import make_hidden, make_hold
from transfers.services import Wish, request

pytestmark = pytest.mark.django_db

TODAY = date(2026, 10, 15)
KOLKATA = ZoneInfo("Asia/Kolkata")
BERLIN = ZoneInfo("Europe/Berlin")


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = KOLKATA) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def sell(stage: Stage, when: datetime, tickets: int, channel: str = "web") -> int:
    booking = id_of(stage.sell([("Ticket", tickets)], channel))
    Booking.objects.filter(pk=booking).update(confirmed_at=when)
    return booking


def build(name: str, *venues: Venue, by: str = "", days: int = 30, **chosen: Any) -> Table:
    scope = Scope(venues, TODAY - timedelta(days=days - 1), TODAY, **chosen)
    return REPORTS[name].build(scope, by or REPORTS[name].default_group)


def today_in(zone: ZoneInfo) -> date:
    return timezone.now().astimezone(zone).date()


def added(rows: Sequence[Row], column: int) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows), Decimal(0))


def pictured(table: Table) -> list[int]:
    """Of each band, all that the picture has."""
    assert table.picture is not None
    return [
        sum(step.counts[place] or 0 for step in table.picture.steps)
        for place in range(len(table.picture.bands))
    ]


@kept
def stage() -> Stage:
    """Two channels, two items; sold around midnight, amended and refunded."""
    made = make_stage(
        pools={"GA": 100},
        items={"Ticket": {"GA": 1}, "Pack": {"GA": 4}},
        channels=("web", "agent"),
        give={("GA", "web"): 60, ("GA", "agent"): 30},
        price="12.50",
    )
    sell(made, at(TODAY, 0), 1)
    sell(made, at(TODAY, 23, 59), 2)
    sell(made, at(TODAY - timedelta(days=1), 23, 59), 3, "agent")
    sell(made, at(TODAY - timedelta(days=40), 12), 5)
    mixed = id_of(made.sell([("Ticket", 4), ("Pack", 2)], "agent"))
    sales.amend(mixed, by=SYSTEM, changes=[LineChange(1, 1)])
    Booking.objects.filter(pk=mixed).update(confirmed_at=at(TODAY - timedelta(days=29), 8))
    gone = sell(made, at(TODAY, 12), 6)
    sales.cancel(gone, by=SYSTEM, reason="ill")
    made.hold([("Ticket", 7)])
    return made


@kept
def abroad() -> Stage:
    """Another venue, with another zone and another currency."""
    made = make_stage(
        venue=make_venue(time_zone="Europe/Berlin", currency="EUR"), pools={"GA": 50}, price="8.00"
    )
    sell(made, at(TODAY, 0, 30, BERLIN), 9)
    return made


@pytest.mark.parametrize("by", ["day", "channel", "item", "all"])
def test_sales_add_up_to_the_bookings_however_they_are_grouped(
    stage: Stage, abroad: Stage, by: str
) -> None:
    table = build("sales", stage.event.venue, abroad.event.venue, by=by)
    kept_tickets = F("quantity") - F("refunded")
    sums = (
        BookingLine.objects.filter(
            booking__status="CONFIRMED",
            booking__confirmed_at__gte=at(TODAY - timedelta(days=29), 0),
        )
        .order_by("booking__currency")
        .values_list("booking__currency")
        .annotate(tickets=Sum(kept_tickets), amount=Sum(F("unit_price") * kept_tickets))
    )
    expected = [(tickets, amount, currency) for currency, tickets, amount in sums]
    assert [row[-3:] for row in table.totals] == expected
    assert expected == [(9, Decimal(72), "EUR"), (9, Decimal("112.50"), "INR")]
    for tickets, amount, currency in expected:
        rows = [row for row in table.rows if row[-1] == currency]
        assert (added(rows, -3), added(rows, -2)) == (tickets, amount)
    assert sum(pictured(table)) == 18


def test_a_day_is_that_of_the_venue(stage: Stage, abroad: Stage) -> None:
    yesterday = TODAY - timedelta(days=1)
    assert build("sales", stage.event.venue, by="day").rows == [
        (TODAY, 3, Decimal("37.50"), "INR"),
        (yesterday, 3, Decimal("37.50"), "INR"),
        (TODAY - timedelta(days=29), 3, Decimal("37.50"), "INR"),
    ]
    assert build("sales", abroad.event.venue, by="day").rows == [(TODAY, 9, Decimal(72), "EUR")]


def test_what_is_chosen_bounds_a_report_and_counts_only_within_the_venues(
    stage: Stage, abroad: Stage
) -> None:
    venue, agent = stage.event.venue, stage.channels["agent"].pk
    assert [row[1] for row in build("sales", venue, channel_id=agent).totals] == [6]
    assert build("sales", venue, event_id=abroad.event.pk).rows == []
    assert build("sales", venue, series_id=1).rows == []
    assert [row[1] for row in build("sales", venue, days=41).totals] == [14]


def test_long_times_are_pictured_by_weeks_and_months(stage: Stage) -> None:
    for days, columns, sold in ((62, 62, 14), (63, 9, 14), (434, 62, 14), (435, 15, 14)):
        table = build("sales", stage.event.venue, days=days)
        assert table.picture is not None
        assert (len(table.picture.steps), sum(pictured(table))) == (columns, sold)


def test_refunds_add_up_to_what_was_refunded(stage: Stage) -> None:
    today = today_in(KOLKATA)
    scope = Scope([stage.event.venue], today, today)
    table = REPORTS["refunds"].build(scope, "channel")
    assert table.rows == [("web", 6, Decimal(75), "INR"), ("agent", 3, Decimal("37.50"), "INR")]
    refunded = BookingLine.objects.aggregate(Sum("refunded"))["refunded__sum"]
    assert [row[1] for row in table.totals] == [refunded] == [9]
    earlier = Scope([stage.event.venue], today - timedelta(days=9), today - timedelta(days=1))
    assert REPORTS["refunds"].build(earlier, "day").rows == []


def test_pace_counts_days_before_the_start_beside_the_last_events_of_the_series(
    stage: Stage,
) -> None:
    venue = stage.event.venue
    series = Series.objects.create(venue=venue, name="Nights")
    start = timezone.now().astimezone(KOLKATA) + timedelta(days=10)
    before = make_stage(venue=venue, channels=("kiosk",), pools={"GA": 50})
    for tickets, days in ((1, 20), (2, 10), (4, 0)):
        sell(before, timezone.now() - timedelta(days=30 + days), tickets, "kiosk")
    Event.objects.filter(pk=before.event.pk).update(
        series=series, starts_at=timezone.now() - timedelta(days=30), status="CLOSED"
    )
    Event.objects.filter(pk=stage.event.pk).update(series=series, starts_at=start)
    Booking.objects.filter(event=stage.event.pk, status="CONFIRMED").update(
        confirmed_at=timezone.now() - timedelta(days=5)
    )
    table = build("pace", venue)
    assert table.about.startswith(stage.event.name)
    rows = {row[0]: row[1:] for row in table.rows}
    assert list(rows) == list(range(21))
    sold = BookingLine.objects.filter(booking__event=stage.event.pk, booking__status="CONFIRMED")
    tickets = sold.aggregate(kept=Sum(F("quantity") - F("refunded")))["kept"]
    assert rows[20] == (0, 1, 1)
    assert rows[15] == (tickets, 1, 1)
    assert rows[10] == (tickets, 3, 3)
    assert rows[9] == (None, 3, 3)
    assert rows[0] == (None, 7, 7)


def past(venue: Venue, name: str, days: int, sold: int, places: int = 50, **fields: Any) -> Event:
    """An event that was so many days ago and has sold so much."""
    made = make_stage(venue=venue, channels=(name,), pools={"GA": places})
    if sold:
        sell(made, timezone.now() - timedelta(days=days + 3), sold, name)
    start = timezone.now() - timedelta(days=days)
    Event.objects.filter(pk=made.event.pk).update(
        name=name, starts_at=start, status="CLOSED", **fields
    )
    return made.event


def test_pace_says_why_it_compares_with_an_event_and_never_with_one_that_sold_nothing() -> None:
    stage = make_stage(pools={"GA": 100})
    venue = stage.event.venue
    series = Series.objects.create(venue=venue, name="Nights")
    start = timezone.now() + timedelta(days=7)
    Event.objects.filter(pk=stage.event.pk).update(series=series, starts_at=start)
    past(venue, "Tughlaq", 1, 0, series=series)
    past(venue, "Last night", 2, 1, 10)
    past(venue, "Small series", 30, 1, 10, series=series)
    past(venue, "Same day", 21, 1, 10)
    past(venue, "Same size", 33, 1, 120)
    past(venue, "Both", 28, 1, 60)
    table = build("pace", venue, event_id=stage.event.pk)
    titles = [column.title.partition(",")[0] for column in table.columns[3:]]
    assert titles == ["Small series", "Both", "Same size", "Same day"]
    for words in (
        "Small series, ",
        "(same series)",
        "(same venue, same weekday, similar size)",
        "(same venue, similar size)",
        "(same venue, same weekday)",
    ):
        assert words in table.note
    lonely = build("pace", make_stage(status="ON_SALE").event.venue)
    assert len(lonely.columns) == 2
    assert "nothing to compare with" in lonely.note


def test_sell_through_is_of_what_is_on_sale_of_a_pool_or_of_a_channels_part(stage: Stage) -> None:
    day = stage.event.local_start.date()
    take_out(source=stage.row(), units=10, by=SYSTEM, reason="camera")
    scope = Scope([stage.event.venue], day, day)
    [row] = REPORTS["sell-through"].build(scope, "").rows
    sold = Stock.objects.filter(pool=stage.pools["GA"]).aggregate(Sum("sold"))["sold__sum"]
    assert row[1:] == ("GA", 100, 10, sold, 7, 83 - sold, Decimal("22.2"))
    agent = Scope([stage.event.venue], day, day, channel_id=stage.channels["agent"].pk)
    [row] = REPORTS["sell-through"].build(agent, "").rows
    assert row[1:] == ("GA", 30, 0, 12, 0, 18, Decimal("40.0"))


def test_transfers_name_both_sides_and_what_was_moved(stage: Stage) -> None:
    wish = Wish(stage.row().pk, stage.row(channel="agent").pk, 5, "sells faster")
    request(wish, by=SYSTEM, now=timezone.now())
    today = today_in(KOLKATA)
    table = REPORTS["transfers"].build(Scope([stage.event.venue], today, today), "")
    [row] = table.rows
    assert row[2:8] == ("GA", "web", "agent", 5, 5, "Executed")
    assert table.totals[0][5:7] == (5, 5)
    assert pictured(table) == [5, 0, 0]


def test_turned_away_adds_up_to_its_counts(stage: Stage) -> None:
    event, ticket = stage.event.pk, stage.items["Ticket"].pk
    web, agent = stage.channels["web"].pk, stage.channels["agent"].pk
    count = Count(quarter_of(at(TODAY, 23, 45)), event, ticket, web, Limit.ITEM)
    write_counts(
        {
            count: (2, 7),
            count._replace(limit=Limit.STOP, channel_id=agent): (1, 1),
            count._replace(quarter=quarter_of(at(TODAY - timedelta(days=30), 12))): (9, 9),
        }
    )
    for by in ("limit", "channel", "item", "day", "all"):
        table = build("turned-away", stage.event.venue, by=by)
        assert [row[-2:] for row in table.totals] == [(3, 8)]
        assert added(table.rows, -1) == 8
        assert pictured(table) == [7, 0, 1, 0, 0]
    assert build("turned-away", stage.event.venue, by="limit").rows == [
        ("The limit of the item", 2, 7),
        ("Sales stopped", 1, 1),
    ]


def test_held_names_who_has_what_and_agrees_with_the_stock() -> None:
    stage = make_hidden(40)
    stage.hold([("Ticket", 3)])
    make_hold(stage, [("Ticket", 5)])
    take_out(source=stage.row(), units=2, by=SYSTEM, reason="camera")
    table = build("held", stage.event.venue)
    rows = [row[1:7] for row in table.rows]
    assert rows == [
        ("On hold", "web", "", "", "Ticket", 3),
        ("Named hold", "web", "Band and crew – Loud Agency", "Artist", "Ticket", 5),
        ("Out of sale", "web", "camera", "", "GA", 2),
    ]
    held = [row for row in table.totals if row[1] != "Out of sale"]
    assert stage.counters().held == added(held, 6)


def test_a_report_takes_few_statements_however_much_it_shows(stage: Stage, abroad: Stage) -> None:
    venues: Sequence[Venue] = (stage.event.venue, abroad.event.venue)
    for name, report in REPORTS.items():
        for by in report.groups or {"": ""}:
            with CaptureQueriesContext(connection) as queries:
                build(name, *venues, by=by)
            assert len(queries) <= 4, (name, by)


def test_a_file_has_the_numbers_of_the_screen(stage: Stage) -> None:
    table = build("sales", stage.event.venue, by="channel")
    sheet = sheet_of("Sales", table)
    assert list(sheet.columns) == ["Channel", "Tickets", "Amount", "Currency"]
    rows: list[Row] = [tuple(row) for row in sheet.rows]
    assert rows == list(table.rows)
    assert cells_of(table, table.totals[0]) == ["All", "9", "112.50", "INR"]
