"""The events that a channel is shown."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.models import Listing
from allocations.services import list_item
from events.enums import EventStatus
from events.models import Event, Series, Venue
from tests.factories import Stage, make_event, make_item
from tests.partners.conftest import Api, assert_problem, key_for
from tests.proofs import execute, nothing_changed


def listed_events(stage: Stage, count: int) -> list[Event]:
    """More events that the stage's channel lists, a day apart."""
    found = []
    for number in range(1, count + 1):
        starts_at = stage.event.starts_at + timedelta(days=number)
        event = make_event(stage.event.venue, starts_at=starts_at)
        with transaction.atomic():
            item = make_item(event, "Ticket", {})
            list_item(item=item, channel=stage.channels["web"], price=Decimal(1))
        found.append(event)
    return found


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [event["id"] for event in answer.json()["results"]]


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_an_event_is_shown_with_the_terms_of_the_channel(stage: Stage, web: Api) -> None:
    Event.objects.update(
        series=Series.objects.create(venue=stage.event.venue, name="Nights"),
        starts_at=datetime(2031, 3, 1, 13, 30, tzinfo=UTC),
    )
    found = web.get(f"/events/{stage.event.pk}/").json()
    assert found["series"]["name"] == "Nights"
    assert found["venue"]["time_zone"] == "Asia/Kolkata"
    assert found["utc_starts_at"] == "2031-03-01T13:30:00Z"
    assert found["local_starts_at"] == "2031-03-01T19:00:00+05:30"
    assert found["utc_sales_until"] == "2031-03-01T18:30:00Z"  # its day at the venue ends
    [item] = found["items"]
    assert (item["name"], item["price"], item["unit_type"]) == ("Ticket", "10.00", "ADULT")


def test_an_all_day_event_has_opening_hours(stage: Stage, web: Api) -> None:
    Event.objects.update(all_day=True, opens_at=time(9), closes_at=time(18, 30))
    found = web.get(f"/events/{stage.event.pk}/").json()
    assert (found["all_day"], found["opens_at"], found["closes_at"]) == (True, "09:00", "18:30")


def test_pages_follow_one_another_to_the_end(stage: Stage, web: Api) -> None:
    wanted = [stage.event.pk] + [event.pk for event in listed_events(stage, 4)]
    Event.objects.filter(pk=wanted[2]).update(starts_at=stage.event.starts_at)  # a tie
    wanted = [wanted[0], wanted[2], wanted[1], *wanted[3:]]
    seen: list[int] = []
    path = "/events/?page_size=2"
    for _ in range(3):
        page = web.get(path)
        seen += ids(page)
        following = page.json()["next"]
        path = following.removeprefix("http://testserver/api/v1") if following else ""
    assert path == ""
    assert seen == wanted


def test_events_are_found_by_their_day_at_the_venue(stage: Stage, web: Api) -> None:
    # 19:00 UTC on the 4th is half past midnight on the 5th in Kolkata.
    Event.objects.update(starts_at=datetime(2031, 10, 4, 19, 0, tzinfo=UTC))
    assert ids(web.get("/events/?date_from=2031-10-05&date_to=2031-10-05")) == [stage.event.pk]
    assert ids(web.get("/events/?date_from=2031-10-06")) == []
    assert ids(web.get("/events/?date_to=2031-10-04")) == []
    Venue.objects.update(time_zone="America/New_York")
    assert ids(web.get("/events/?date_from=2031-10-04&date_to=2031-10-04")) == [stage.event.pk]


def test_events_are_found_by_venue_and_status(stage: Stage, web: Api) -> None:
    venue = stage.event.venue_id
    assert ids(web.get(f"/events/?venue={venue}")) == [stage.event.pk]
    assert ids(web.get(f"/events/?venue={venue + 1}")) == []
    Event.objects.update(status=EventStatus.PAUSED)
    assert ids(web.get("/events/?status=PAUSED")) == [stage.event.pk]
    assert ids(web.get("/events/?status=ON_SALE")) == []


@pytest.mark.parametrize("changed", ["event", "price", "channel", "venue", "series", "terms"])
def test_an_event_is_modified_by_whatever_changes_what_is_told_of_it(
    stage: Stage, web: Api, changed: str
) -> None:
    Event.objects.update(series=Series.objects.create(venue=stage.event.venue, name="Nights"))
    before = Event.objects.get().modified_at
    if changed == "event":
        Event.objects.update(name="Another name")
    elif changed == "price":
        Listing.objects.update(price=11)
    elif changed == "channel":
        channel = stage.channels["web"]
        channel.stop_reason = "unpaid"
        channel.save()
    elif changed == "venue":
        Venue.objects.update(city="Pune")
    elif changed == "series":
        Series.objects.update(name="Days")
    else:
        stage.draw("hotel")
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does
    event = Event.objects.get()
    assert event.modified_at > before
    later = stamp(event.modified_at + timedelta(seconds=61))
    assert ids(web.get(f"/events/?modified_since={stamp(event.modified_at)}")) == [event.pk]
    assert ids(web.get(f"/events/?modified_since={later}")) == []


def test_a_draft_is_not_there(stage: Stage, web: Api, order: Callable[..., dict[str, Any]]) -> None:
    event = stage.event.pk
    Event.objects.update(status=EventStatus.DRAFT)
    assert ids(web.get("/events/")) == []
    assert ids(web.get("/events/?status=DRAFT")) == []
    for path in ("", "availability/"):
        hidden = assert_problem(web.get(f"/events/{event}/{path}"), 404, "NOT_FOUND", "event")
        assert "draft" not in str(hidden).lower()
    with nothing_changed():
        assert_problem(web.post("/bookings/", order()), 404, "NOT_FOUND", "event")
    Event.objects.update(status=EventStatus.ON_SALE)
    assert ids(web.get("/events/")) == [event]
    assert web.get(f"/events/{event}/availability/").status_code == 200


def test_a_sale_does_not_modify_an_event(stage: Stage, web: Api) -> None:
    before = Event.objects.get().modified_at
    stage.sell()
    assert Event.objects.get().modified_at == before


def test_a_clock_that_is_fast_misses_no_change(stage: Stage, web: Api) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does
    stamped = Event.objects.get().modified_at
    assert ids(web.get(f"/events/?modified_since={stamp(stamped + timedelta(seconds=30))}")) == [
        stage.event.pk
    ]


@pytest.mark.parametrize("events", [1, 3])
def test_a_page_takes_one_statement(stage: Stage, web: Api, events: int) -> None:
    listed_events(stage, events - 1)
    web.get("/events/")
    with CaptureQueriesContext(connection) as seen:
        assert len(ids(web.get("/events/"))) == events
    assert len(seen) == 1


@pytest.mark.parametrize("bookings", [1, 3])
def test_a_page_of_bookings_takes_two_statements(stage: Stage, web: Api, bookings: int) -> None:
    for _ in range(bookings):
        stage.sell([("Ticket", 1), ("Ticket", 2)])
    web.get("/bookings/")
    with CaptureQueriesContext(connection) as seen:
        assert len(web.get("/bookings/").json()["results"]) == bookings
    assert len(seen) == 2


def test_bookings_are_found(stage: Stage, web: Api) -> None:
    def found(query: str) -> list[str]:
        return [
            booking["reference"] for booking in web.get(f"/bookings/?{query}").json()["results"]
        ]

    item = stage.items["Ticket"].pk
    for reference, confirm in (("a", True), ("b", False), ("c", True)):
        line = {"item": item, "quantity": 1}
        body = {"event": stage.event.pk, "lines": [line], "confirm": confirm}
        assert web.post("/bookings/", body | {"reference": reference}).status_code == 201
    assert found("") == ["c", "b", "a"]
    assert found("status=ON_HOLD") == ["b"]
    assert found("reference=a") == ["a"]
    assert found(f"event={stage.event.pk}&page_size=2") == ["c", "b"]
    assert found(f"event={stage.event.pk + 1}") == []
    now = timezone.now()
    assert found(f"created_from={stamp(now)}") == []
    assert found(f"created_before={stamp(now)}") == ["c", "b", "a"]
    following = web.get("/bookings/?page_size=2").json()["next"]
    assert found(following.partition("?")[2]) == ["a"]


def test_an_event_that_no_row_can_have_is_not_there(web: Api) -> None:
    for number in ("0", "9223372036854775807", "9223372036854775808", "9" * 5000, "-1", "1.5", "x"):
        assert web.get(f"/events/{number}/").status_code == 404
        assert web.get(f"/events/{number}/availability/").status_code == 404


def test_a_channel_that_is_stopped_may_still_look(stage: Stage) -> None:
    channel = stage.channels["web"]
    api = Api(key_for(channel))
    channel.stop_reason = "unpaid"
    channel.save()
    assert ids(api.get("/events/")) == [stage.event.pk]
    lines = [{"item": stage.items["Ticket"].pk, "quantity": 1}]
    refused = api.post("/bookings/", {"event": stage.event.pk, "lines": lines})
    assert_problem(refused, 409, "STOP_SELL", "channel")
