"""The calendar of a person: what it says, to whom, and that asking for it is cheap."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import User
from accounts.roles import Role
from allocations.models import Stock
from events.models import Event, Item
from planning.calendar.services import follow, make_feed, revoke_feed, token_of
from tests.backoffice.conftest import person, signed_in
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.offline.selling import make_kiosk, take_lease
from tests.proofs import execute, violates
from tests.sales.holding import make_hidden, make_hold

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    cache.clear()


@kept
def stage() -> Stage:
    made = make_stage()
    soon = datetime(2027, 1, 5, 18, 30, tzinfo=UTC)
    Event.objects.filter(pk=made.event.pk).update(sales_from="2026-12-01T10:00Z", sales_until=soon)
    Item.objects.filter(pk=made.items["Ticket"].pk).update(sales_until=soon)
    Stock.objects.filter(pk=made.row().pk).update(releases_at="2026-12-20T10:00Z")
    return made


def address(user: User) -> str:
    return reverse("calendar", args=(token_of(make_feed(user)),))


def summaries(client: Client, url: str) -> list[str]:
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer.content)
    return [str(event["summary"]).partition(":")[0] for event in calendar.walk("VEVENT")]


def test_it_says_what_opens_closes_and_goes_back_at_the_persons_venues(stage: Stage) -> None:
    make_stage()
    url = address(person(Role.VENUE_MANAGER, stage))
    assert summaries(Client(), url) == [
        "Sales open",
        "Unsold tickets of GA go back to the open stock",
        "Sales close",
        "Ticket is on sale no more",
    ]


def test_it_says_which_leases_and_holds_lapse_and_names_nobody() -> None:
    held, leased = make_hidden(40), make_kiosk()
    make_hold(held, [("Ticket", 5)])
    take_lease(leased)
    content = Client().get(address(person(Role.AUDITOR, held, leased))).content.decode()
    unfolded = content.replace("\r\n ", "")
    assert "5 tickets" in unfolded
    assert unfolded.count("BEGIN:VEVENT") == 2
    for secret in ("Band", "Agency", "Kiosk", "person"):
        assert secret not in unfolded


def test_a_right_that_is_gone_is_gone_at_once(stage: Stage) -> None:
    user = person(Role.VENUE_MANAGER, stage)
    url = address(user)
    assert len(summaries(Client(), url)) == 4
    user.venues.clear()
    assert summaries(Client(), url) == []
    user.is_active = False
    user.save()
    assert Client().get(url).status_code == 404


def test_an_address_is_signed_and_can_be_revoked(stage: Stage) -> None:
    user = person(Role.VENUE_MANAGER, stage)
    first = make_feed(user)
    second = make_feed(user)
    assert follow(token_of(first)) is None
    assert follow(token_of(second)) == second
    assert follow(f"{second.uuid.hex}.forged") is None
    assert (revoke_feed(user), revoke_feed(user)) == (True, False)
    assert follow(token_of(second)) is None


def test_whoever_has_read_it_already_gets_no_more_than_that(stage: Stage) -> None:
    url = address(person(Role.VENUE_MANAGER, stage))
    first = Client().get(url)
    with CaptureQueriesContext(connection) as queries:
        again = Client().get(url, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, len(queries) <= 4) == (304, b"", True)
    cache.clear()
    assert Client().get(url)["ETag"] == first["ETag"]
    Event.objects.filter(pk=stage.event.pk).update(sales_until=None)
    cache.clear()
    assert Client().get(url, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_person_makes_and_revokes_the_address_on_the_page_of_reports(stage: Stage) -> None:
    user = person(Role.VENUE_MANAGER, stage)
    client = signed_in(user)
    change: Any = reverse("reports:calendar")
    client.post(change)
    shown = client.get(reverse("reports:index")).context["calendar"]
    path = "/calendar/" + shown.partition("/calendar/")[2]
    assert Client().get(path).status_code == 200
    client.post(change, {"revoke": ""})
    assert Client().get(path).status_code == 404
    assert client.get(change).status_code == 405


def test_the_database_keeps_one_address_of_a_person(stage: Stage) -> None:
    user = person(Role.VENUE_MANAGER, stage)
    make_feed(user)
    with violates("calendar_feed_once"):
        execute(
            "INSERT INTO planning_calendarfeed (uuid, user_id) VALUES (gen_random_uuid(), %s)",
            user.pk,
        )
