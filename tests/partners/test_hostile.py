"""Whatever is sent, the answer is a problem that names what is wrong, and nothing has changed."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import Stage
from tests.partners.conftest import Api, assert_problem
from tests.proofs import nothing_changed

Order = Callable[..., dict[str, Any]]

NOT_JSON = {
    "empty": (b" ", ("body",)),
    "broken": (b'{"event": 1', ("body",)),
    "two values": (b"{}{}", ("body",)),
    "single quotes": (b"{'event': 1}", ("body",)),
    "not UTF-8": (b'{"reference": "\xff\xfe"}', ("body",)),
    "UTF-16": ('{"event": 1}'.encode("utf-16"), ("body",)),
    "a byte order mark": (b"\xef\xbb\xbf{}", ("body",)),
    "NaN": (b'{"event": NaN}', ("body",)),
    "Infinity": (b'{"event": -Infinity}', ("body",)),
    "nested arrays": (b"[" * 100_000 + b"]" * 100_000, ("body",)),
    "nested objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, ("body",)),
    "a number of 10,000 digits": (b'{"event": ' + b"9" * 10_000 + b"}", ("body",)),
    "a fraction of 10,000 digits": (b'{"event": 0.' + b"9" * 10_000 + b"}", ("body",)),
    "a name twice": (b'{"event": 1, "event": 2}', ("event",)),
    "NUL": (b"\x00", ("body",)),
    "an array": (b"[]", ("",)),
    "a number": (b"1", ("",)),
    "text": (b'"x"', ("",)),
    "null": (b"null", ("",)),
    "true": (b"true", ("",)),
}


@pytest.mark.parametrize(("body", "fields"), NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_no_object_is_refused(
    web: Api, body: bytes, fields: tuple[str, ...]
) -> None:
    with nothing_changed():
        refused = web.post("/bookings/", raw=body)
    assert_problem(refused, 400, "VALIDATION", *fields)


def test_everything_that_is_missing_is_named_at_once(web: Api) -> None:
    with nothing_changed():
        assert_problem(web.post("/bookings/", {}), 400, "VALIDATION", "event", "lines")
        assert_problem(web.post("/bookings/", raw=b""), 400, "VALIDATION", "event", "lines")


LARGE = 2**63
FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"event": "1"}, "event"),
    ({"event": True}, "event"),
    ({"event": 1.0}, "event"),
    ({"event": None}, "event"),
    ({"event": 0}, "event"),
    ({"event": -1}, "event"),
    ({"event": LARGE}, "event"),
    ({"event": 10**90}, "event"),
    ({"event": [1]}, "event"),
    ({"channel": LARGE}, "channel"),
    ({"lines": {}}, "lines"),
    ({"lines": "x"}, "lines"),
    ({"lines": []}, "lines"),
    ({"lines": [{"item": 1, "quantity": 1}] * 51}, "lines"),
    ({"lines": [1]}, "lines[0]"),
    ({"lines": [None]}, "lines[0]"),
    ({"confirm": "true"}, "confirm"),
    ({"confirm": 1}, "confirm"),
    ({"confirm": None}, "confirm"),
    ({"expires_in_seconds": 0}, "expires_in_seconds"),
    ({"expires_in_seconds": 1.5}, "expires_in_seconds"),
    ({"expires_in_seconds": LARGE}, "expires_in_seconds"),
    ({"expires_in_seconds": 3601}, "expires_in_seconds"),
    ({"reference": 1}, "reference"),
    ({"reference": "x" * 101}, "reference"),
    ({"reference": "a\x00b"}, "reference"),
    ({"reference": "a\nb"}, "reference"),
    ({"reference": "\ud800"}, "reference"),
    ({"contact": []}, "contact"),
    ({"contact": None}, "contact"),
    ({"contact": {"nickname": "x"}}, "contact.nickname"),
    ({"contact": {"full_name": 5}}, "contact.full_name"),
    ({"contact": {"full_name": "x" * 201}}, "contact.full_name"),
    ({"contact": {"full_name": "\udfff"}}, "contact.full_name"),
    ({"contact": {"notes": "\x00"}}, "contact.notes"),
    ({"contact": {"country": "India"}}, "contact.country"),
    ({"contact": {"locales": "en"}}, "contact.locales"),
    ({"contact": {"locales": ["en", 5]}}, "contact.locales[1]"),
    ({"price": 1}, "price"),
    ({"\x00": 1}, "\\x00"),
    ({"\ud800": 1}, "\\ud800"),
    ({"x" * 5000: 1}, "x" * 60),
    ({"__class__": 1}, "__class__"),
]


@pytest.mark.parametrize(("change", "field"), FIELDS, ids=lambda value: ascii(value)[:40])
def test_a_field_that_cannot_be_meant_is_named(
    web: Api, order: Order, change: dict[str, Any], field: str
) -> None:
    with nothing_changed():
        refused = web.post("/bookings/", order(**change))
    assert_problem(refused, 400, "VALIDATION", field)


LINES: list[tuple[dict[str, Any], int, str, str]] = [
    ({"quantity": 0}, 400, "VALIDATION", "quantity"),
    ({"quantity": -1}, 400, "VALIDATION", "quantity"),
    ({"quantity": 1.0}, 400, "VALIDATION", "quantity"),
    ({"quantity": 1e3}, 400, "VALIDATION", "quantity"),
    ({"quantity": True}, 400, "VALIDATION", "quantity"),
    ({"quantity": "1"}, 400, "VALIDATION", "quantity"),
    ({"quantity": 10_001}, 400, "VALIDATION", "quantity"),
    ({"quantity": LARGE}, 400, "VALIDATION", "quantity"),
    ({"item": LARGE - 1}, 404, "NOT_FOUND", "item"),
    ({"item": LARGE}, 400, "VALIDATION", "item"),
    ({"item": None}, 400, "VALIDATION", "item"),
    ({"line": 1}, 400, "VALIDATION", "line"),
    ({"unit_price": 10}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": 10.5}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "NaN"}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "-1"}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "1e5"}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "10.001"}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "\u0661\u0660"}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "9" * 11}, 400, "VALIDATION", "unit_price"),
    ({"unit_price": "11.00"}, 409, "PRICE_OUT_OF_RANGE", "unit_price"),
]


@pytest.mark.parametrize(("change", "status", "code", "field"), LINES)
def test_a_line_that_cannot_be_meant_is_named(
    web: Api, order: Order, change: dict[str, Any], status: int, code: str, field: str
) -> None:
    body = order()
    body["lines"].append(body["lines"][0] | change)
    with nothing_changed():
        refused = web.post("/bookings/", body)
    assert_problem(refused, status, code, f"lines[1].{field}")


AMENDMENTS: list[tuple[Any, str]] = [
    ({}, ""),
    ([], ""),
    ({"lines": []}, "lines"),
    ({"lines": [{}]}, "lines[0].item"),
    ({"lines": [{"line": 1}]}, "lines[0].quantity"),
    ({"lines": [{"line": 0, "quantity": 1}]}, "lines[0].line"),
    ({"lines": [{"line": 40_000, "quantity": 1}]}, "lines[0].line"),
    ({"lines": [{"line": 2, "quantity": 1}]}, "lines[0].line"),
    ({"lines": [{"line": 1, "quantity": -1}]}, "lines[0].quantity"),
    ({"lines": [{"line": 1, "quantity": 1, "item": 1}]}, "lines[0].item"),
    ({"status": "CONFIRMED"}, "status"),
    ({"contact": {"x": 1}}, "contact.x"),
    ({"reference": None}, "reference"),
]


@pytest.mark.parametrize(("body", "field"), AMENDMENTS)
def test_an_amendment_that_cannot_be_meant_is_refused(
    web: Api, order: Order, body: Any, field: str
) -> None:
    booking = web.post("/bookings/", order()).json()["id"]
    with nothing_changed():
        refused = web.patch(f"/bookings/{booking}/", body)
    found = json.loads(refused.content)
    assert (refused.status_code, found["code"]) == (400, "VALIDATION")
    assert found["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("confirm", {"lines": []}, "lines"),
        ("confirm", [], ""),
        ("extend", {"expires_in_seconds": "60"}, "expires_in_seconds"),
        ("extend", {"seconds": 60}, "seconds"),
        ("cancel", {"reason": ""}, "reason"),
        ("cancel", {"reason": "x" * 301}, "reason"),
        ("cancel", {"reason": "a\x00"}, "reason"),
        ("cancel", {"reason": "x", "lines": []}, "lines"),
        ("cancel", {"reason": "x", "lines": [{"line": 1, "quantity": 0}]}, "lines[0].quantity"),
        ("cancel", {"reason": "x", "lines": [{"item": 1, "quantity": 1}]}, "lines[0].item"),
    ],
)
def test_a_step_that_cannot_be_meant_is_refused(
    web: Api, order: Order, step: str, body: Any, field: str
) -> None:
    booking = web.post("/bookings/", order()).json()["id"]
    with nothing_changed():
        refused = web.send("POST", f"/bookings/{booking}/{step}/", body)
    found = json.loads(refused.content)
    assert (refused.status_code, found["code"]) == (400, "VALIDATION")
    assert found["errors"][0]["field"] == field


def test_a_body_that_is_too_large_is_refused(web: Api, order: Order) -> None:
    filling = "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    with nothing_changed():
        refused = web.post("/bookings/", order(reference=filling))
    assert_problem(refused, 413, "PAYLOAD_TOO_LARGE")


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
