"""Whatever is sent about a transfer: what cannot be meant is named, and changes nothing."""

import json
from typing import Any

import pytest

from tests.factories import Stage
from tests.kept import kept
from tests.partners.conftest import Api, assert_problem
from tests.partners.moving import body, make_moving
from tests.proofs import nothing_changed


@kept
def stage(db: None) -> Stage:
    return make_moving()


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"event": "1"}, "event"),
    ({"event": 2**63}, "event"),
    ({"pool": None}, "pool"),
    ({"pool": -1}, "pool"),
    ({"direction": "SIDEWAYS"}, "direction"),
    ({"direction": ["BACK"]}, "direction"),
    ({"direction": {}}, "direction"),
    ({"units": 0}, "units"),
    ({"units": -5}, "units"),
    ({"units": 1.5}, "units"),
    ({"units": "5"}, "units"),
    ({"units": True}, "units"),
    ({"units": 10_000_001}, "units"),
    ({"units": 10**90}, "units"),
    ({"up_to": 1}, "up_to"),
    ({"reason": ""}, "reason"),
    ({"reason": "   "}, "reason"),
    ({"reason": "x" * 301}, "reason"),
    ({"reason": "a\x00b"}, "reason"),
    ({"reason": "\ud800"}, "reason"),
    ({"source": 1}, "source"),
    ({"status": "EXECUTED"}, "status"),
    ({"needs": []}, "needs"),
]


@pytest.mark.parametrize(("change", "field"), FIELDS, ids=lambda value: ascii(value)[:40])
def test_a_field_that_cannot_be_meant_is_named(
    stage: Stage, hotel: Api, change: dict[str, Any], field: str
) -> None:
    with nothing_changed():
        refused = hotel.post("/transfers/", body(stage, **change))
    assert_problem(refused, 400, "VALIDATION", field)


def test_a_body_that_is_none_is_refused(stage: Stage, hotel: Api) -> None:
    made = hotel.post("/transfers/", body(stage, direction="MORE")).json()["id"]
    paths = ("/transfers/", f"/transfers/{made}/cancel/")
    with nothing_changed():
        for path in paths:
            for raw in (b"[]", b"null", b'{"a": NaN}', b"\xff", b"{" * 10_000):
                answer = hotel.post(path, raw=raw)
                assert (answer.status_code, json.loads(answer.content)["code"]) == (
                    400,
                    "VALIDATION",
                )
        refused = hotel.post("/transfers/", {})
        assert_problem(refused, 400, "VALIDATION", "event", "pool", "direction", "units", "reason")
        refused = hotel.post(paths[1], {"reason": "x" * 301, "note": "x"})
        assert_problem(refused, 400, "VALIDATION", "reason", "note")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=TRIAL", "status"),
        ("status=", "status"),
        ("event=x", "event"),
        ("modified_since=now", "modified_since"),
        ("cursor=eA==", "cursor"),
        ("pool=1", "pool"),
        ("page_size=201", "page_size"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_named(hotel: Api, query: str, field: str) -> None:
    assert_problem(hotel.get(f"/transfers/?{query}"), 400, "VALIDATION", field)
