"""Whatever is asked, and however, the answer is a problem that names what is wrong."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from idempotency.errors import BusyError
from partners.api import throttling
from tests.factories import Stage
from tests.partners.conftest import Api, assert_problem
from tests.proofs import nothing_changed

Order = Callable[..., dict[str, Any]]
LARGE = 2**63


def test_a_body_that_is_too_large_is_refused(web: Api, order: Order) -> None:
    filling = "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    with nothing_changed():
        refused = web.post("/bookings/", order(reference=filling))
    assert_problem(refused, 413, "PAYLOAD_TOO_LARGE", "body")


def test_a_body_of_unknown_length_is_refused(web: Api) -> None:
    refused = web.send("POST", "/bookings/", raw=b"", **{"transfer-encoding": "chunked"})
    assert_problem(refused, 411, "LENGTH_REQUIRED")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""],
)
def test_another_content_type_is_refused(web: Api, order: Order, content_type: str) -> None:
    with nothing_changed():
        refused = web.post("/bookings/", order(), content_type=content_type)
    assert_problem(refused, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type")


def test_another_answer_than_json_cannot_be_had(web: Api) -> None:
    assert_problem(web.get("/events/", accept="text/html"), 406, "NOT_ACCEPTABLE")
    assert_problem(web.get("/events/", accept="application/xml;q=0.9"), 406, "NOT_ACCEPTABLE")
    assert web.get("/events/", accept="*/*").status_code == 200


QUERIES = [
    ("/events/?venue=x", "venue"),
    ("/events/?venue=0", "venue"),
    (f"/events/?venue={LARGE}", "venue"),
    ("/events/?venue=" + "9" * 5000, "venue"),
    ("/events/?venue=%D9%A1", "venue"),
    ("/events/?status=open", "status"),
    ("/events/?status=", "status"),
    ("/events/?date_from=yesterday", "date_from"),
    ("/events/?date_from=2031-02-30", "date_from"),
    ("/events/?date_from=20310201", "date_from"),
    ("/events/?date_to=2031-10-05T00:00:00Z", "date_to"),
    ("/events/?modified_since=2031-10-05", "modified_since"),
    ("/events/?modified_since=2031-10-05T00:00:00", "modified_since"),
    ("/events/?modified_since=2031-10-05T00:00:00%00Z", "modified_since"),
    ("/events/?page_size=0", "page_size"),
    ("/events/?page_size=201", "page_size"),
    ("/events/?page_size=1.5", "page_size"),
    ("/events/?page_size=1&page_size=2", "page_size"),
    ("/events/?cursor=", "cursor"),
    ("/events/?cursor=%00", "cursor"),
    ("/events/?cursor=%F0%9F%8E%9F", "cursor"),
    ("/events/?cursor=MQ==", "cursor"),  # one number, and not two
    ("/events/?cursor=OTk5OTk5OTk5OTk5OTk5OTk5LjE=", "cursor"),  # no such year
    ("/events/?cursor=" + "A" * 5000, "cursor"),
    ("/events/?limit=1", "limit"),
    ("/events/?%00=1", "\\x00"),
    ("/bookings/?status=DRAFT", "status"),
    ("/bookings/?event=x", "event"),
    ("/bookings/?reference=%00", "reference"),
    ("/bookings/?reference=" + "x" * 101, "reference"),
    ("/bookings/?created_from=now", "created_from"),
    ("/bookings/?cursor=eA==", "cursor"),
    ("/bookings/?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OQ==", "cursor"),  # beyond what a row can be
    ("/alerts/?status=STANDING", "status"),
    ("/alerts/?kind=low_stock", "kind"),
    ("/alerts/?kind=LOW_STOCK&kind=VELOCITY", "kind"),
    ("/alerts/?severity=%00", "severity"),
    ("/alerts/?event=-1", "event"),
    (f"/alerts/?channel={LARGE}", "channel"),
    ("/alerts/?modified_since=2031-10-05T00:00:00", "modified_since"),
    ("/alerts/?cursor=MS4x", "cursor"),  # two numbers, and not one
    ("/alerts/?rule=1", "rule"),
]


@pytest.mark.parametrize(("path", "field"), QUERIES, ids=lambda value: str(value)[:50])
def test_a_parameter_that_cannot_be_meant_is_named(web: Api, path: str, field: str) -> None:
    assert_problem(web.get(path), 400, "VALIDATION", field)


@pytest.mark.parametrize(
    "query",
    [
        "date_from=0001-01-01&date_to=9999-12-31",
        "modified_since=0001-01-01T00:00:00%2B23:59",
        "modified_since=2026-10-05T19:00:00.123456Z",
        "cursor=LTkyMjMzNzIwMzY4LjE=",
    ],
)
def test_far_away_moments_are_no_mistake(web: Api, query: str) -> None:
    assert web.get(f"/events/?{query}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/bookings/1/",
        "/bookings/x/confirm/",
        "/bookings/00000000-0000-0000-0000-000000000000/",
        "/bookings/" + quote("'; DROP TABLE sales_booking; --") + "/",
        "/bookings/%00/",
        "/bookings/%ff/",
        "/transfers/1/",
        "/transfers/00000000-0000-0000-0000-000000000000/",
        "/transfers/%00/cancel/",
        "/alerts/1/",
        "/alerts/00000000-0000-0000-0000-000000000000/",
        "/alerts/" + quote("'; DROP TABLE alerts_alert; --") + "/",
        "/alerts/%00/acknowledge/",
        "/alerts/%ff/resolve/",
        "/alerts/00000000-0000-0000-0000-000000000000/reopen/",
        "/nothing/",
        "/events",
        "/bookings",
        "/../admin/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_what_is_not_there_is_a_problem(web: Api, path: str, method: str) -> None:
    refused = web.send(method, path, {"reference": "x"})
    found = json.loads(refused.content)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.status_code, found["code"]) in {
        (404, "NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "x"])
def test_another_method_is_not_offered(stage: Stage, web: Api, method: str) -> None:
    for path in ("/events/", "/bookings/", "/schema/", "/problems/SOLD_OUT/"):
        refused = web.send(method, path, {})
        assert_problem(refused, 405, "METHOD_NOT_ALLOWED")
        assert "GET" in refused.headers["Allow"]


def test_another_host_is_a_problem_too(db: None) -> None:
    answer = Client(headers={"host": "evil.example"}).get("/api/v1/events/")
    assert_problem(answer, 400, "VALIDATION")


def test_what_nobody_foresaw_is_a_problem(
    web: Api, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_terms: object) -> None:
        message = "secret"
        raise KeyError(message)

    monkeypatch.setattr("sales.services.book", fail)
    web._client.raise_request_exception = False
    with nothing_changed():
        answer = web.post("/bookings/", order())
    problem = assert_problem(answer, 500, "INTERNAL")
    assert "secret" not in json.dumps(problem)


def test_a_database_that_does_not_answer_is_told_apart_from_a_mistake(
    web: Api, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_terms: object) -> None:
        raise OperationalError

    monkeypatch.setattr("sales.services.book", fail)
    refused = web.post("/bookings/", order())
    assert_problem(refused, 503, "UNAVAILABLE")
    assert refused.headers["Retry-After"] == "2"


def test_who_waits_too_long_for_the_stock_may_try_again(
    web: Api, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_terms: object) -> None:
        raise BusyError("Too many sales wait for the same stock.")

    monkeypatch.setattr("sales.services.book", fail)
    refused = web.post("/bookings/", order())
    assert_problem(refused, 503, "BUSY")
    assert refused.headers["Retry-After"] == "1"


def test_who_asks_too_often_is_told_to_wait(
    web: Api, hotel: Api, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "_buckets", throttling.Buckets(rate=0.5))
    assert web.get("/events/").status_code == 200
    with nothing_changed():
        refused = web.post("/bookings/", order())
    assert_problem(refused, 429, "RATE_LIMITED")
    assert refused.headers["Retry-After"] == "2"
    assert hotel.get("/events/").status_code == 200  # each caller for itself


def test_a_quiet_caller_may_burst_and_then_keeps_the_rate() -> None:
    buckets = throttling.Buckets(rate=8)
    taken = [buckets.take("a", 100.0) for _ in range(17)]
    assert taken == [0.0] * 16 + [0.125]
    assert buckets.take("a", 100.125) == 0.0
    assert buckets.take("a", 100.125) == 0.125
    assert buckets.take("b", 100.125) == 0.0
