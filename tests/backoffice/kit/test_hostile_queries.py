"""Whatever stands in an address, before or behind its question mark, a page or a call answers it."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import cycle

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from alerts.models import Alert
from sales.models import Booking
from tests.backoffice.addresses import objects_of
from tests.backoffice.kit.test_hostile_requests import NOT_ASKED, read_names
from tests.factories import Stage
from transfers.models import Transfer

pytestmark = pytest.mark.django_db

NONSENSE: tuple[str | list[str], ...] = (
    *("abc", "-1", "0", "1e999", "9" * 30, "\x00", "99999-01-01", "0001-01-01"),
    *("x" * 4000, "", ["1", "2"]),
)
# In a path; what may not stand there at all is not found.
STRANGE = ("9" * 30, "0", "abc", "%00", "-1", "1e999")
# Ends the session, files of the admin itself, and what asks the servers how they are.
LEFT_OUT = ("admin/logout/", "admin/jsi18n/", "healthz", "readyz", "metrics")
LIST = re.compile(r"admin/\w+/\w+/")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Each address of the project, as it is written with its numbers still open."""
    found: list[URLPattern | URLResolver] = resolver.url_patterns
    for one in found:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one, route)
        elif isinstance(one.pattern, RoutePattern):
            yield route


def numbers_of(stage: Stage, objects: list[Model]) -> dict[str, object]:
    """What stands in a path, by its name there; of an object's pages by the list above them."""
    rows = {f"admin/{one._meta.app_label}/{one._meta.model_name}/": one.pk for one in objects}
    return rows | {
        "event_id": stage.event.pk,
        "pool_id": stage.pools["GA"].pk,
        "channel_id": stage.channels["web"].pk,
        "version": 1,
        "alert": Alert.objects.latest("pk").uuid,
        "booking": Booking.objects.latest("pk").uuid,
        "transfer": Transfer.objects.latest("pk").uuid,
    }


def filled(route: str, numbers: dict[str, object]) -> str:
    """The address of a page that is there, as far as its numbers are known."""

    def number(place: re.Match[str]) -> str:
        above = "/".join(route.split("/")[:3]) + "/"
        return str(numbers.get(place[1], numbers.get(above, "x")))

    return "/" + PLACE.sub(number, route)


def read(client: Client, url: str, query: Mapping[str, str | list[str]] | None = None) -> int:
    """The status of a page, which is read to its end: a file would stay open."""
    answer = client.get(url, query)
    if answer.streaming:
        deque(answer, maxlen=0)
    return answer.status_code


@pytest.mark.timeout(300)
def test_no_address_is_a_500(
    superuser: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is asked with nonsense for each parameter that it reads, and for what is in its path.

    The kinds of nonsense take turns. Lists have a test of their own (test_hostile_requests.py).
    """
    superuser.raise_request_exception = False
    numbers = numbers_of(stage, objects_of(stage))
    failed, asked, known = [], 0, set[str]()
    nonsense, strange = cycle(NONSENSE), cycle(STRANGE)
    for route in sorted(set(routes(get_resolver()))):
        if route.startswith(LEFT_OUT) or LIST.fullmatch(route):
            continue
        path = filled(route, numbers)
        with read_names(monkeypatch) as names:
            read(superuser, path)
        queries = [
            (path, {name: next(nonsense)})
            for name in sorted(names - NOT_ASKED - known | {"unknown"})
        ]
        paths = ["/" + PLACE.sub(next(strange), route)] if PLACE.search(route) else []
        # What is read of every page of the admin is asked once.
        known |= {name for name in names if name.startswith("_")}
        for url, query in [*queries, *((one, {}) for one in paths)]:
            asked += 1
            if read(superuser, url, query) >= 500:
                failed.append((url, query))
    assert failed == []
    assert asked > 300
