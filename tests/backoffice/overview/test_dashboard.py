"""The admin's first page: its numbers are exact, the person's own, and lead to their rows."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Venue
from events.selectors import day_start
from planning import selectors
from sales import services as sales
from sales.models import Booking
from sales.selectors import tickets_by_time
from tests.alerts.making import make_alert
from tests.backoffice.overview.reading import INDEX, a_day_ago, id_of, page
from tests.factories import Stage, let_expire, make_event, make_stage, make_user, make_venue
from tests.planning.conftest import confirmed_at, person, signed_in

pytestmark = pytest.mark.django_db


def tiles(client: Client) -> Mapping[str, tuple[list[tuple[str, str]], str]]:
    """Title → its numbers and its address."""
    return {tile.title: (list(tile.values), tile.url) for tile in page(client).tiles}


def number(client: Client, title: str) -> str:
    ((found, _unit),) = tiles(client)[title][0]
    return found


def listed(client: Client, title: str) -> list[Any]:
    """The objects on the list that a tile leads to."""
    answer = client.get(tiles(client)[title][1])
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


# --- Numbers ------------------------------------------------------------------------------------


def test_what_was_sold_today_is_counted_with_its_money(manager: Client, stage: Stage) -> None:
    stage.sell((("Ticket", 3),))
    stage.sell((("Ticket", 2),))
    stage.hold((("Ticket", 4),))
    assert tiles(manager)["Tickets sold today"][0] == [("5", "")]
    assert tiles(manager)["Revenue today"][0] == [("50", "INR")]
    assert tiles(manager)["Tickets on hold now"][0] == [("4", "")]
    assert len(listed(manager, "Tickets sold today")) == 2
    assert len(listed(manager, "Revenue today")) == 2
    assert len(listed(manager, "Tickets on hold now")) == 1


def test_what_was_given_back_or_sold_before_is_not(manager: Client, stage: Stage) -> None:
    early = Booking.objects.get(pk=id_of(stage.sell((("Ticket", 9),))))
    a_day_ago(early.pk)
    sales.cancel(id_of(stage.sell((("Ticket", 5),))), by=SYSTEM, reason="ill")
    part = Booking.objects.get(pk=id_of(stage.sell((("Ticket", 4),))))
    part.lines.update(refunded=1)
    assert number(manager, "Tickets sold today") == "3"
    assert number(manager, "Revenue today") == "30"
    assert [one.pk for one in listed(manager, "Tickets sold today")] == [part.pk]


def test_today_began_at_the_venues_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # 01:30 of the 25th at Kolkata
    monkeypatch.setattr("backoffice.overview.dashboard.timezone.now", lambda: now)
    stages = [
        make_stage(channels=("web",)),
        make_stage(channels=("web",)),
    ]
    Venue.objects.filter(pk=stages[1].event.venue_id).update(time_zone="Europe/Berlin")
    for one in stages:
        one.sell((("Ticket", 1),))
    confirmed_at(now - timedelta(hours=2))
    both = signed_in(person(Role.FINANCE, *(one.event.venue for one in stages)))
    assert number(both, "Tickets sold today") == "1"
    rows = page(both).venues
    assert [(row.venue.time_zone, row.tickets) for row in rows] == [
        ("Europe/Berlin", 1),
        ("Asia/Kolkata", 0),
    ]
    assert [len(both.get(row.url).context["cl"].result_list) for row in rows] == [1, 0]
    assert tiles(both)["Tickets sold today"][1] == "#by-venue"


def test_each_currency_stands_for_itself(stage: Stage) -> None:
    abroad = make_stage(channels=("web",))
    stage.sell((("Ticket", 2),))
    abroad.sell((("Ticket", 3),))
    Booking.objects.filter(event=abroad.event).update(currency="EUR")
    both = signed_in(person(Role.FINANCE, stage.event.venue, abroad.event.venue))
    assert tiles(both)["Revenue today"][0] == [("30", "EUR"), ("20", "INR")]


def test_events_are_counted_and_listed(manager: Client, stage: Stage) -> None:
    now = timezone.now()
    venue = stage.event.venue
    soon = make_event(venue, starts_at=now + timedelta(days=6), status=EventStatus.CLOSED)
    make_event(venue, starts_at=now + timedelta(days=8), status=EventStatus.PAUSED)
    make_event(venue, starts_at=now + timedelta(days=1), status=EventStatus.DRAFT)
    make_event(venue, starts_at=now - timedelta(days=1), status=EventStatus.CLOSED)
    assert number(manager, "Events on sale") == "1"
    assert listed(manager, "Events on sale") == [stage.event]
    assert number(manager, "Start within 7 days") == "1"
    assert listed(manager, "Start within 7 days") == [soon]


def test_a_hold_that_waits_for_the_sweep_is_still_a_hold(manager: Client, stage: Stage) -> None:
    let_expire(stage.hold((("Ticket", 2),)))
    assert number(manager, "Tickets on hold now") == "2"


def test_what_is_overdue_is_told_with_its_money_and_leads_to_its_bookings(
    manager: Client, stage: Stage, other: Stage
) -> None:
    assert "Payments overdue" not in tiles(manager)
    late = [id_of(stage.sell((("Ticket", 3),))), id_of(stage.sell(channel="web"))]
    sales.cancel(late[0], by=SYSTEM, reason="ill", lines={1: 1})
    today = day_start(timezone.now(), stage.event.venue.zone).date()
    Booking.objects.filter(pk__in=[*late, id_of(other.sell())]).update(
        due_on=today - timedelta(days=1)
    )
    Booking.objects.filter(pk=id_of(stage.sell())).update(due_on=today)
    assert tiles(manager)["Payments overdue"][0] == [("30", "INR")]
    (note,) = (tile.note for tile in page(manager).tiles if tile.title == "Payments overdue")
    assert note == "2 bookings of 1 channel"
    assert {one.pk for one in listed(manager, "Payments overdue")} == set(late)


# --- The chart ----------------------------------------------------------------------------------


def test_the_chart_shows_hours_or_days(manager: Client, stage: Stage) -> None:
    first = stage.sell((("Ticket", 3),))
    stage.sell((("Ticket", 2),))
    chart = page(manager).chart
    assert chart is not None
    assert chart.columns[-1].counts == (5, 0, 0, 0, 0)
    assert chart.total == 5
    a_day_ago(id_of(first))
    chart = page(manager).chart
    assert chart is not None
    assert [column.total for column in chart.columns if column.total] == [3, 2]
    daily = page(manager, "?sold=days").chart
    assert daily is not None
    assert (len(daily.columns), daily.total) == (14, 5)


def test_hours_and_kinds_are_told_apart() -> None:
    stage = make_stage(channels=("web", "agent"), give={("GA", "web"): 50, ("GA", "agent"): 50})
    SalesChannel.objects.filter(name="agent").update(
        kind=ChannelKind.PARTNER, place=ChannelPlace.RESELLER
    )
    zone = ZoneInfo("Asia/Kolkata")
    stage.sell((("Ticket", 3),))
    confirmed_at(datetime(2026, 11, 24, 9, 40, tzinfo=UTC))  # 15:10 at Kolkata
    stage.sell((("Ticket", 4),), channel="agent")
    Booking.objects.filter(channel=stage.channels["agent"]).update(
        confirmed_at=datetime(2026, 11, 24, 9, 20, tzinfo=UTC)  # 14:50
    )
    since = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
    venues = [stage.event.venue]
    assert tickets_by_time(venues, since, zone, daily=False) == {
        (datetime(2026, 11, 24, 15, tzinfo=zone), ChannelKind.DIRECT): 3,
        (datetime(2026, 11, 24, 14, tzinfo=zone), ChannelKind.PARTNER): 4,
    }
    later = since + timedelta(seconds=1)
    assert sum(tickets_by_time(venues, later, zone, daily=True).values()) == 3


def test_the_tables_numbers_are_those_of_the_picture(manager: Client, stage: Stage) -> None:
    stage.sell((("Ticket", 3),))
    body = manager.get(INDEX).content.decode()
    assert body.count('<th scope="row">') == 48
    last = body[: body.rindex("</tbody>")].rpartition("<tr>")[2]
    assert re.findall(r'<td class="num">(\d+)</td>', last) == ["3", "0", "0", "0", "0", "3"]


# --- Whose --------------------------------------------------------------------------------------


def test_another_venues_numbers_are_not_counted(
    manager: Client, stage: Stage, other: Stage
) -> None:
    other.sell((("Ticket", 9),))
    other.hold((("Ticket", 9),))
    make_alert(other)
    found = page(manager)
    assert [values for _title, values, *_ in found.tiles] == [
        [("1", "")],
        [("0", "")],
        [("0", "INR")],
        [("0", "")],
        [("0", "")],
        [("0", "")],
    ]
    assert found.chart is not None
    assert found.chart.total == 0
    assert [row.attention.event for row in found.rows] == [stage.event]
    body = manager.get(INDEX).content.decode()
    assert other.event.name not in body
    assert other.event.venue.name not in body


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PARTNER])
def test_each_role_sees_the_numbers_of_its_lists(role: Role, stage: Stage) -> None:
    user = person(role, stage.event.venue)
    sees_sales = user.has_perm("sales.view_booking")
    found = page(signed_in(user))
    assert (found.chart is not None) == sees_sales
    assert ("Revenue today" in {tile.title for tile in found.tiles}) == sees_sales
    assert len(found.rows) == 1


def test_who_may_see_nothing_sees_no_number(stage: Stage) -> None:
    user = make_user(is_staff=True)
    user.venues.add(stage.event.venue)
    stage.sell()
    found = page(signed_in(user))
    assert (found.tiles, found.chart, found.rows, found.venues) == ([], None, [], [])


def test_nobody_sees_it_without_signing_in() -> None:
    assert Client().get(INDEX).status_code == 302


# --- Nothing there ------------------------------------------------------------------------------


def test_without_a_venue_it_says_what_to_do() -> None:
    admin = signed_in(make_user(is_staff=True, is_superuser=True))
    assert "/admin/events/venue/add/" in admin.get(INDEX).content.decode()
    body = signed_in(person(Role.VENUE_MANAGER)).get(INDEX).content.decode()
    assert "You work for no venue yet" in body
    assert "/admin/events/venue/add/" not in body


def test_without_an_event_it_says_what_to_do() -> None:
    venue = make_venue()
    body = signed_in(person(Role.VENUE_MANAGER, venue)).get(INDEX).content.decode()
    assert "/admin/events/event/add/" in body
    body = signed_in(person(Role.FINANCE, venue)).get(INDEX).content.decode()
    assert "No event yet" in body
    assert "/admin/events/event/add/" not in body


def test_the_number_of_further_events_is_right_where_not_all_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selectors, "MAX_NEXT", 10)
    venue = make_venue()
    for days in range(1, 15):
        make_event(venue, starts_at=timezone.now() + timedelta(days=days))
    make_event(venue, status=EventStatus.PAUSED)
    make_event(venue, status=EventStatus.CLOSED)
    make_event(venue, starts_at=timezone.now() - timedelta(days=5))
    client = signed_in(person(Role.VENUE_MANAGER, venue))
    found = page(client)
    assert (len(found.rows), found.more) == (8, 7)
    assert "and 7 more" in client.get(INDEX).content.decode()
    assert client.get(found.more_url).context["cl"].result_count == 15


# --- Its cost -----------------------------------------------------------------------------------


def test_more_events_and_venues_are_no_more_statements() -> None:
    admin = signed_in(make_user(is_staff=True, is_superuser=True))
    make_stage().sell()
    admin.get(INDEX)
    with CaptureQueriesContext(connection) as few:
        admin.get(INDEX)
    for _ in range(2):
        stage = make_stage(channels=("web", "agent"), items={"Ticket": {"GA": 1}, "P": {"GA": 4}})
        stage.sell((("Ticket", 1), ("P", 1)))
        stage.hold()
        make_event(stage.event.venue)
    with CaptureQueriesContext(connection) as many:
        admin.get(INDEX)
    assert len(many) == len(few)
    assert len(few) <= 16


def test_a_day_begins_at_midnight() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    now = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert day_start(now, zone) == now
    assert day_start(now - timedelta(microseconds=1), zone) == now - timedelta(days=1)


def test_the_menu_leads_to_the_screens_of_the_counter_for_who_uses_them(stage: Stage) -> None:
    def screens(role: Role) -> list[str]:
        text = signed_in(person(role, stage.event.venue)).get(INDEX).content.decode()
        return [name for name in ("sell", "tills", "guests", "board") if f'href="/{name}/"' in text]

    assert screens(Role.BOX_OFFICE) == ["sell", "tills", "guests", "board"]
    assert screens(Role.AUDITOR) == ["tills", "board"]
