"""A plan in plain language says to a channel what is so, in the venue's time, and of nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allocations.enums import Closes, Draws, Opens
from allocations.plans import release
from tests.allocations.plans.documents import SALES, START, draft, made, now, said
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Stage, make_venue
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return made(starts_at=START, sales_from=SALES)


# --- A part of one's own --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guarantee", "text"),
    [
        (300, "You are guaranteed 300 units. It is set aside for you alone."),
        (1, "You are guaranteed 1 unit. It is set aside for you alone."),
        (
            "30",
            (
                "You are guaranteed 30 % of the capacity of 1,000, which is 300 units. It is set aside "
                "for you alone."
            ),
        ),
        (
            "33.33",
            (
                "You are guaranteed 33.33 % of the capacity of 1,000. That would be 333.3 units; "
                "rounded, it is 333 units. It is set aside for you alone."
            ),
        ),
        (0, "No part is set aside for you."),
        ("0.00", "No part is set aside for you."),
    ],
)
def test_a_part_is_told_in_units_and_in_percent(
    stage: Stage, guarantee: int | str, text: str
) -> None:
    assert said(draft(stage, "web", line(stage, "web", guarantee)))["Your part"] == text


def test_rounding_is_that_of_the_whole_plan() -> None:
    """Of three thirds of 100, the first has the unit that is left over."""
    stage = made(100)
    parts = [line(stage, name, "33.33") for name in ("web", "box", "agent")]
    parts[0] = line(stage, "web", "33.34")
    found = {name: draft(stage, name, *parts).parts[0].given for name in ("web", "box", "agent")}
    assert {name: given.part.units for name, given in found.items() if given} == {
        "web": 34,
        "box": 33,
        "agent": 33,
    }
    assert said(draft(stage, "web", *parts))["Your part"] == (
        "You are guaranteed 33.34 % of the capacity of 100. That would be 33.34 units; rounded, it "
        "is 34 units. It is set aside for you alone."
    )


def test_a_fixed_part_is_all_that_there_is(stage: Stage) -> None:
    assert said(draft(stage, "web", line(stage, "web", 300))) == {
        "Your part": "You are guaranteed 300 units. It is set aside for you alone.",
        "Open stock": "You may not draw on open stock. You can sell your own part only.",
        "Unsold units": "What you have not sold stays yours until the sale ends.",
        "May they be moved?": (
            "Unsold units of yours are not moved to other channels automatically."
        ),
    }


def test_a_dynamic_part_says_what_may_be_moved_and_what_stays(stage: Stage) -> None:
    found = said(draft(stage, "web", line(stage, "web", 300, is_dynamic=True, floor=50)))
    assert found["Your part"] == "You are guaranteed 300 units."
    assert found["May they be moved?"] == (
        "Unsold units of yours may be moved to channels that sell faster; at least 50 units stay "
        "with you."
    )


def test_a_dynamic_part_without_a_floor_keeps_nothing_for_sure(stage: Stage) -> None:
    found = said(draft(stage, "web", line(stage, "web", 300, is_dynamic=True)))
    assert found["May they be moved?"] == (
        "Unsold units of yours may be moved to channels that sell faster."
    )


def test_an_end_before_all_dates_says_why_it_is_not_settled() -> None:
    stage = made(starts_at=datetime(2000, 1, 2, tzinfo=UTC))
    found = said(draft(stage, "web", line(stage, "web", 300, release_hours=48)))
    assert found["Not settled yet"] == "A date lies between 2000-01-01 and 2100-01-01, UTC."


def test_whoever_is_not_in_the_plan_is_told_so(stage: Stage) -> None:
    assert said(draft(stage, "hotel", line(stage, "web", 300))) == {
        "Your part": "No part is set aside for you.",
        "Open stock": "You may not draw on open stock.",
    }


# --- Open stock, windows and tiers ----------------------------------------------------------------


def test_the_common_stock_of_a_group_is_told_by_its_name_and_size(stage: Stage) -> None:
    parts = (
        line(stage, "agent", 20, group="Partners", ceiling=400),
        line(stage, "hotel", group="Partners"),
        group("Partners", "50", release_hours=48),
    )
    found = said(draft(stage, "agent", *parts))
    assert found["Open stock"] == (
        "Beyond your part you may draw on the common stock “Partners”, which you share with other "
        "channels. All who share it are together guaranteed 50 % of the capacity of 1,000, which is "
        "500 units. A unit is taken from it when you hold or sell it, while there is one."
    )
    assert found["When you may draw"] == "As long as tickets are on sale."
    assert found["Ceiling"] == "Your part, with what you draw, is never more than 400 units."
    assert found["End of the common stock"] == (
        "The common stock “Partners” ends 48 hours before the start, that is 5 Nov 2030, 19:00 "
        "IST. What is left of it goes back to the pool, and you draw on it no more."
    )


def test_a_window_tells_its_rules_and_their_moments(stage: Stage) -> None:
    found = said(
        draft(
            stage,
            "web",
            line(
                stage,
                "web",
                draws=Draws.GENERAL,
                opens=Opens.AFTER_ON_SALE,
                opens_hours=24,
                closes=Closes.BEFORE_START,
                closes_hours=168,
            ),
        )
    )
    assert found == {
        "Your part": "No part is set aside for you.",
        "Open stock": (
            "You may draw on the open stock of the pool, which you share with other channels. A "
            "unit is taken from it when you hold or sell it, while there is one."
        ),
        "When you may draw": (
            "It opens 24 hours after sales begin, that is 2 Oct 2030, 10:00 IST. It closes 168 "
            "hours (7 days) before the start, that is 31 Oct 2030, 19:00 IST."
        ),
    }


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (
            {"opens": Opens.AT, "opens_at": START - timedelta(days=7, seconds=30)},
            "It opens on 31 Oct 2030, 18:59:30 IST. It closes when sales end.",
        ),
        (
            {"opens": Opens.AFTER_ON_SALE, "opens_hours": 0},
            "It opens when sales begin, that is 1 Oct 2030, 10:00 IST. It closes when sales end.",
        ),
        (
            {"closes": Closes.BEFORE_START, "closes_hours": 0},
            "It opens at once. It closes at the start, that is 7 Nov 2030, 19:00 IST.",
        ),
        (
            {"closes": Closes.AFTER_OPENING, "closes_hours": 1},
            "It opens at once. It closes 1 hour after sales begin, that is 1 Oct 2030, 11:00 IST.",
        ),
        (
            {
                "opens": Opens.BEFORE_START,
                "opens_hours": 72,
                "closes": Closes.AFTER_OPENING,
                "closes_hours": 24,
            },
            (
                "It opens 72 hours (3 days) before the start, that is 4 Nov 2030, 19:00 IST. It closes "
                "24 hours after it opens, that is 5 Nov 2030, 19:00 IST."
            ),
        ),
    ],
)
def test_every_way_to_open_and_close(stage: Stage, terms: dict[str, Any], text: str) -> None:
    found = said(draft(stage, "web", line(stage, "web", draws=Draws.GENERAL, **terms)))
    assert found["When you may draw"] == text


def test_partners_after_the_direct_window(stage: Stage) -> None:
    parts = (
        line(
            stage,
            "web",
            draws=Draws.GENERAL,
            closes=Closes.AFTER_OPENING,
            closes_hours=240,
            opens=Opens.AFTER_ON_SALE,
            opens_hours=0,
        ),
        line(stage, "agent", draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
    )
    found = said(draft(stage, "agent", *parts))
    assert found["When you may draw"] == (
        "It opens when the tier above ends, that is 11 Oct 2030, 10:00 IST. It closes when sales "
        "end."
    )
    assert found["Your tier"] == (
        "You are in tier 2. It comes after the window of the tier above, sold out or not."
    )
    assert said(draft(stage, "web", *parts))["Your tier"] == "You are in tier 1."


def test_a_rule_that_leads_nowhere_says_why() -> None:
    stage = made(starts_at=START)
    found = said(
        draft(
            stage,
            "web",
            line(stage, "web", draws=Draws.GENERAL, opens=Opens.AFTER_ON_SALE, opens_hours=2),
        )
    )
    assert found["Not settled yet"] == "The event does not say when its sales begin."
    assert "When you may draw" not in found


def test_where_the_clocks_change_in_between_it_says_so() -> None:
    """New York goes back from EDT to EST on 3 November 2030, at two in the night."""
    zone = "America/New_York"
    stage = made(
        venue=make_venue(time_zone=zone),
        starts_at=datetime(2030, 11, 3, 19, 0, tzinfo=ZoneInfo(zone)),
        sales_from=datetime(2030, 11, 1, 12, 0, tzinfo=ZoneInfo(zone)),
    )
    document = draft(
        stage,
        "web",
        line(
            stage,
            "web",
            100,
            release_hours=12,
            draws=Draws.GENERAL,
            opens=Opens.BEFORE_START,
            opens_hours=48,
            closes=Closes.AFTER_OPENING,
            closes_hours=40,
        ),
    )
    found = said(document)
    assert found["When you may draw"] == (
        "It opens 48 hours before the start, that is 1 Nov 2030, 20:00 EDT (the clocks change in "
        "between). It closes 40 hours after it opens, that is 3 Nov 2030, 11:00 EST (the clocks "
        "change in between)."
    )
    assert found["Unsold units"] == (
        "What you have not sold goes back to the open stock of the pool 12 hours before the start, "
        "that is 3 Nov 2030, 07:00 EST. What you have on hold then follows if it is not bought."
    )
    assert document.sentences[-1] == "All times are those of the venue, America/New_York."


def test_a_zone_without_a_name_is_told_by_its_offset() -> None:
    stage = made(venue=make_venue(time_zone="Asia/Dubai"), starts_at=START, sales_from=SALES)
    found = said(draft(stage, "web", line(stage, "web", 10, release_hours=48)))
    assert "that is 5 Nov 2030, 17:30 UTC+04." in found["Unsold units"]


# --- When unsold units go back --------------------------------------------------------------------


def test_what_is_unsold_goes_back_and_then_has_gone(stage: Stage) -> None:
    apply(stage, line(stage, "agent", 300, release_hours=48))
    before, after = START - timedelta(hours=49), START - timedelta(hours=47)
    found = said(now(stage, at=before))
    assert found["Unsold units"] == (
        "What you have not sold goes back to the open stock of the pool 48 hours before the start, "
        "that is 5 Nov 2030, 19:00 IST. What you have on hold then follows if it is not bought."
    )
    release.release_pool(stage.pools["GA"].pk, after)
    found = said(now(stage, at=after))
    assert found["Your part"] == "300 units were set aside for you. That time is over."
    assert found["Unsold units"] == (
        "What you had not sold went back to the open stock of the pool 48 hours before the start, "
        "that is 5 Nov 2030, 19:00 IST. What you had on hold follows if it is not bought."
    )
    assert "Changed since" not in found


def test_a_part_that_ends_before_its_group_goes_back_to_the_group(stage: Stage) -> None:
    when = START - timedelta(days=3)
    found = said(
        draft(
            stage,
            "agent",
            line(stage, "agent", 100, group="Partners", releases_at=when),
            group("Partners", 100, release_hours=1),
        )
    )
    assert found["Unsold units"].startswith(
        "What you have not sold goes back to the common stock “Partners” on 4 Nov 2030, 19:00 IST."
    )
