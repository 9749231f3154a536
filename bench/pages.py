"""The admin's pages over a large house: time, statements, and whether anything scans."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from bench.load import Client
from events.models import Event, Venue
from planning.reports.catalog import REPORTS

# A table below this size is read whole by any sensible plan.
SMALL = 2_000
TIMES = 12
SCALE = Path(__file__).with_name("scale.sql")


@dataclass(frozen=True, slots=True)
class House:
    """So many venues, with so many events and bookings between them."""

    house: str
    venues: int
    events: int
    bookings: int


@dataclass(frozen=True, slots=True)
class Page:
    """``milliseconds`` is the median over HTTP; ``scanned`` the large tables read whole."""

    name: str
    milliseconds: float
    statements: int
    scanned: tuple[str, ...]


def fill(house: House) -> None:
    """Make the house beside what there is, and let the planner know of it."""
    statements = SCALE.read_text()
    for name, value in asdict(house).items():
        statements = statements.replace(f":{name}", str(value))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def manager_and_superuser(house: House, name: str = "") -> tuple[User, User]:
    """Of the venue of the house's busiest event, and of all."""
    busiest = busiest_event(house)
    address = f"{name}{house.house}@finlo.example"
    return _person(f"manager-{address}", busiest.venue), _person(f"root-{address}")


def busiest_event(house: House) -> Event:
    return Event.objects.filter(name__startswith=f"Show {house.house} ").latest("pk")


def session_of(user: User) -> str:
    """The number of a session in which the person is signed in."""
    browser = Browser(headers={"host": "127.0.0.1"})
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser.cookies["sessionid"].value


def measure(url: str, house: House) -> list[Page]:
    """Each page as a superuser, and as the manager of one venue among many."""
    busiest = busiest_event(house)
    manager, superuser = manager_and_superuser(house)
    pages = [_page(url, superuser, name, path) for name, path in _addresses(busiest)]
    return pages + [
        _page(url, manager, f"{name}, of one venue", path) for name, path in _addresses(busiest)
    ]


def _addresses(event: Event) -> Iterator[tuple[str, str]]:
    lists = {
        "events": "events_event",
        "pools": "events_pool",
        "items": "events_item",
        "listings": "allocations_listing",
        "stock": "allocations_stock",
        "bookings": "sales_booking",
        "movements": "allocations_movement",
        "channels": "allocations_saleschannel",
    }
    urls = {name: reverse(f"admin:{model}_changelist") for name, model in lists.items()}
    yield from ((f"List of {name}", path) for name, path in urls.items())
    yield "Events from today on", f"{urls['events']}?when=coming"
    yield "Events found by a word", f"{urls['events']}?q=show+777"
    yield "Listings found by a word", f"{urls['listings']}?q=777"
    yield "Bookings of an event", f"{urls['bookings']}?event__id__exact={event.pk}"
    yield "Bookings that were cancelled", f"{urls['bookings']}?status__exact=CANCELLED"
    yield "Bookings found by reference", f"{urls['bookings']}?q=REF-777"
    yield "Movements of an event", f"{urls['movements']}?stock__event__id__exact={event.pk}"
    yield "Event page", reverse("admin:events_event_change", args=(event.pk,))
    yield "Event configuration", reverse("admin:events_event_configuration", args=(event.pk,))
    yield "Event timeline", reverse("admin:events_event_timeline", args=(event.pk,))
    yield "Overview", reverse("admin:index")
    for report in REPORTS.values():
        path = reverse("reports:report", args=(report.name,))
        yield f"Report: {report.title}", path
        yield f"Report of the busiest event: {report.title}", f"{path}?event={event.pk}"


def _person(email: str, venue: Venue | None = None) -> User:
    """The manager of a venue, else a superuser."""
    user = User.objects.create_user(
        email, secrets.token_urlsafe(12), name="Bench", is_staff=True, is_superuser=venue is None
    )
    if venue is not None:
        user.groups.add(Group.objects.get(name=Role.VENUE_MANAGER.value))
        user.venues.add(venue)
    return user


def _page(url: str, user: User, name: str, path: str) -> Page:
    browser = Browser(headers={"host": "127.0.0.1"})
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    browser.get(path)  # content types and set-ups are kept from here on
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(path)
    if answer.status_code != HTTPStatus.OK:
        message = f"{path} answered {answer.status_code}."
        raise RuntimeError(message)
    statements = [str(query["sql"]) for query in queries]
    scanned = {table for statement in statements for table in _scanned(statement)}
    cookie = browser.cookies["sessionid"].value
    return Page(name, _milliseconds(url, path, cookie), len(statements), tuple(sorted(scanned)))


def _milliseconds(url: str, path: str, cookie: str) -> float:
    client = Client(url)
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        status, _body = client.call("GET", path, f"Cookie: sessionid={cookie}\r\n")
        taken.append(time.perf_counter() - began)
        if status != HTTPStatus.OK:
            message = f"{path} answered {status}."
            raise RuntimeError(message)
    return 1000 * sorted(taken[2:])[len(taken[2:]) // 2]


def _scanned(statement: str) -> Iterator[str]:
    """The large tables that a statement reads whole."""
    if not statement.lstrip().upper().startswith("SELECT"):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        [output] = cursor.fetchone()
        plan = output if isinstance(output, list) else json.loads(output)
        for node in _nodes(plan[0]["Plan"]):
            if node["Node Type"] == "Seq Scan" and _rows(node["Relation Name"]) > SMALL:
                yield str(node["Relation Name"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _rows(table: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        return float(cursor.fetchone()[0])
