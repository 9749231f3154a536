"""Two versions of a plan compared in words, for its maker and for a channel."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from allocations.enums import Closes, Draws, Opens
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.text.comparing import compare, compare_for, told

ZONE = ZoneInfo("Asia/Kolkata")
WEB, BOX, AGENT = 1, 2, 3
NAMES = {WEB: "web", BOX: "Box office", AGENT: "Agent"}
PLAIN = Line(channel_id=WEB, percent=Decimal(30), draws=Draws.GENERAL)


def plan(*parts: Line | Group, note: str = "") -> PlanSpec:
    return PlanSpec(
        [part for part in parts if isinstance(part, Line)],
        [part for part in parts if isinstance(part, Group)],
        note,
    )


def differences(before: PlanSpec, after: PlanSpec) -> list[str]:
    return told(compare(before, after, ZONE), "", NAMES)


def test_a_change_is_told_with_its_reason() -> None:
    before, after = plan(PLAIN), plan(replace(PLAIN, percent=Decimal(25)))
    assert told(compare(before, after, ZONE), "slow sales", NAMES) == [
        "web, guaranteed part: from 30 % to 25 %, because “slow sales”."
    ]
    assert told(compare_for(WEB, before, after, ZONE), "slow sales") == [
        "Guaranteed part: from 30 % to 25 %, because “slow sales”."
    ]
    assert told(compare_for(BOX, before, after, ZONE), "slow sales") == []


def test_the_same_plan_has_no_difference() -> None:
    spec = plan(PLAIN, Group(name="Partners", units=5), note="n")
    assert compare(spec, spec, ZONE) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"percent": None, "units": 1200}, "guaranteed part: from 30 % to 1,200 units"),
        ({"percent": Decimal(0)}, "guaranteed part: from 30 % to nothing"),
        ({"percent": Decimal("12.50")}, "guaranteed part: from 30 % to 12.5 %"),
        ({"draws": Draws.NONE}, "may draw on: from the open stock of the pool to no open stock"),
        (
            {"draws": Draws.GROUP, "group": "Partners"},
            "may draw on: from the open stock of the pool to the common stock “Partners”",
        ),
        (
            {"opens": Opens.BEFORE_START, "opens_hours": 48},
            "access opens: from at once to 48 hours before the start",
        ),
        (
            {"opens": Opens.AT, "opens_at": datetime(2030, 11, 5, 13, 30, tzinfo=UTC)},
            "access opens: from at once to 5 Nov 2030, 19:00 IST",
        ),
        (
            {"closes": Closes.AFTER_OPENING, "closes_hours": 96},
            "access closes: from when sales end to 96 hours (4 days) after sales begin",
        ),
        ({"tier": 3}, "tier: from 1 to 3"),
        ({"ceiling": 400}, "ceiling: from none to 400 units"),
        ({"release_hours": 0}, "unsold units go back: from never to at the start"),
        ({"is_dynamic": True}, "unsold units may be moved: from no to yes"),
        ({"floor": 1}, "kept when units are moved: from none to 1 unit"),
    ],
)
def test_every_matter_of_a_line(change: dict[str, object], text: str) -> None:
    after = plan(replace(PLAIN, **change))  # type: ignore[arg-type]
    assert differences(plan(PLAIN), after) == [f"web, {text}."]


def test_a_channel_that_comes_in_has_no_window_before() -> None:
    comes = Line(
        channel_id=BOX, units=20, draws=Draws.GENERAL, opens=Opens.BEFORE_START, opens_hours=2
    )
    assert differences(plan(PLAIN), plan(PLAIN, comes)) == [
        "Box office, guaranteed part: from nothing to 20 units.",
        "Box office, may draw on: from no open stock to the open stock of the pool.",
        "Box office, access opens: 2 hours before the start.",
    ]


def test_a_channel_that_leaves_gets_nothing_and_has_no_window() -> None:
    leaves = replace(PLAIN, tier=2, opens=Opens.AFTER_TIER, release_hours=24)
    assert differences(plan(leaves), plan()) == [
        "web, guaranteed part: from 30 % to nothing.",
        "web, may draw on: from the open stock of the pool to no open stock.",
        "web, unsold units go back: from 24 hours before the start to never.",
    ]


def test_groups_and_the_note_are_compared_too() -> None:
    before = plan(Group(name="Partners", percent=Decimal(50)), note="Old.")
    after = plan(Group(name="Partners", percent=Decimal(40), release_hours=24))
    assert differences(before, after) == [
        "The common stock “Partners”, guaranteed part: from 50 % to 40 %.",
        (
            "The common stock “Partners”, unsold units go back: from never to 24 hours before the "
            "start."
        ),
        "Note: from “Old.” to none.",
    ]


def test_a_channel_hears_of_the_group_that_it_stays_in_and_of_no_other() -> None:
    inside = Line(channel_id=AGENT, units=0, draws=Draws.GROUP, group="Partners")
    before = plan(PLAIN, inside, Group(name="Partners", units=50), Group(name="Press", units=9))
    after = plan(
        replace(PLAIN, percent=Decimal(1)),
        inside,
        Group(name="Partners", units=40),
        Group(name="Press", units=8),
    )
    assert told(compare_for(AGENT, before, after, ZONE), "") == [
        "The common stock “Partners”, guaranteed part: from 50 units to 40 units."
    ]
    assert told(compare_for(WEB, before, after, ZONE), "") == ["Guaranteed part: from 30 % to 1 %."]


def test_who_moves_into_a_group_hears_that_and_not_what_it_was_before() -> None:
    inside = Line(channel_id=AGENT, units=0, draws=Draws.GROUP, group="Partners")
    before, after = (
        plan(Group(name="Partners", units=50)),
        plan(inside, Group(name="Partners", units=40)),
    )
    assert told(compare_for(AGENT, before, after, ZONE), "") == [
        "May draw on: from no open stock to the common stock “Partners”."
    ]
