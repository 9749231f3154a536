"""Whatever is sent, the answer is a problem that names what is wrong, and nothing has changed."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from common.rest.parsing import MAX_FIELDS
from common.rest.reading import MAX_FAULTS
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
    "an exponent that no decimal has": (b'{"event": 1e999999999999999999999}', ("body",)),
    "an exponent that no amount has": (b'{"event": -1E-400}', ("body",)),
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


def test_of_very_many_faults_the_first_are_named(web: Api) -> None:
    body = {"event": "x"} | {f"field{number}": 1 for number in range(MAX_FIELDS - 1)}
    with nothing_changed():
        refused = web.post("/bookings/", body)
    named = ["event", *(f"field{number}" for number in range(MAX_FAULTS - 1)), ""]
    found = assert_problem(refused, 400, "VALIDATION", *named)
    assert found["errors"][-1]["detail"] == "There are more faults; these are the first 20."
    assert len(refused.content) < 3_000


@pytest.mark.parametrize("where", ["body", "contact", "line"])
def test_an_object_of_far_too_many_fields_is_refused_before_it_is_read(
    web: Api, order: Order, where: str
) -> None:
    """Each fault costs something, told or not: a megabyte of them would cost a second of work."""
    body = order(contact={})
    many = {f"field{number}": 1 for number in range(MAX_FIELDS + 1)}
    {"body": body, "contact": body["contact"], "line": body["lines"][0]}[where].update(many)
    with nothing_changed():
        refused = web.post("/bookings/", body)
    found = assert_problem(refused, 400, "VALIDATION", "body")
    assert found["errors"][0]["detail"] == "An object has more than 100 fields."


def test_exactly_so_many_faults_are_all_there_are(web: Api) -> None:
    body = {"event": 1} | {f"field{number}": 1 for number in range(MAX_FAULTS - 1)}
    named = [*list(body)[1:], "lines"]
    with nothing_changed():
        assert_problem(web.post("/bookings/", body), 400, "VALIDATION", *named)


def test_very_many_parameters_are_refused_as_briefly(web: Api) -> None:
    answer = web.get("/bookings/?" + "&".join(f"x{number}=1" for number in range(500)))
    named = [*(f"x{number}" for number in range(MAX_FAULTS)), ""]
    assert_problem(answer, 400, "VALIDATION", *named)


def test_a_name_that_stands_twice_is_found_at_once_among_very_many(web: Api) -> None:
    """Counting each name by going through all of them took minutes."""
    names = [f'"{number}": 1' for number in range(70_000)]
    body = "{" + ", ".join([*names, '"69999": 2']) + "}"
    began = time.monotonic()
    with nothing_changed():
        refused = web.post("/bookings/", raw=body.encode())
    assert_problem(refused, 400, "VALIDATION", "69999")
    assert time.monotonic() - began < 10


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
