"""A plan's rules become moments at the venue, also where the clocks change in between."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from allocations.enums import Closes, Draws, Opens
from allocations.models import Stock
from allocations.plans import release
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Counters, Stage, make_stage, make_venue
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db

KOLKATA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
# New York's clocks go from two back to one on 3 November 2030, and from two to three on 10 March.
NIGHTS = {
    KOLKATA: datetime(2030, 11, 3, 19, 0, tzinfo=KOLKATA),
    NEW_YORK: datetime(2030, 11, 3, 19, 0, tzinfo=NEW_YORK),
}
SPRING = datetime(2030, 3, 10, 19, 0, tzinfo=NEW_YORK)
LONG_BEFORE = datetime(2030, 1, 1, tzinfo=UTC)


def at(zone: ZoneInfo, start: datetime) -> Stage:
    return make_stage(
        venue=make_venue(time_zone=str(zone)),
        starts_at=start,
        sales_from=start - timedelta(days=2),
        channels=("web", "agent"),
        give={},
    )


def window(stage: Stage, channel: str = "web") -> tuple[str | None, str | None]:
    """When the channel may draw, as the clock at the venue says it."""
    row, zone = stage.row(channel=channel), stage.event.venue.zone
    return told(row.draws_from, zone), told(row.draws_until, zone)


def told(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else f"{moment.astimezone(zone):%d %b %H:%M %Z}"


@pytest.mark.parametrize(
    ("zone", "start", "opens"),
    [
        (KOLKATA, NIGHTS[KOLKATA], "02 Nov 19:00 IST"),
        (NEW_YORK, NIGHTS[NEW_YORK], "02 Nov 20:00 EDT"),
        (NEW_YORK, SPRING, "09 Mar 18:00 EST"),
    ],
    ids=["Kolkata", "autumn", "spring"],
)
def test_hours_before_the_start_have_passed_and_are_not_read_off_the_clock(
    zone: ZoneInfo, start: datetime, opens: str
) -> None:
    stage = at(zone, start)
    terms: dict[str, Any] = {
        "opens": Opens.BEFORE_START,
        "opens_hours": 24,
        "closes": Closes.BEFORE_START,
        "closes_hours": 1,
    }
    apply(stage, line(stage, "web", draws=Draws.GENERAL, **terms), now=LONG_BEFORE)
    row = stage.row()
    assert (row.draws_from, row.draws_until) == (
        start.astimezone(UTC) - timedelta(hours=24),
        start.astimezone(UTC) - timedelta(hours=1),
    )
    assert window(stage)[0] == opens


def test_a_tier_follows_the_elapsed_hours_of_the_one_above() -> None:
    """Sales begin on Friday at 19:00 EDT; 40 hours later it is Sunday, 10:00 EST."""
    stage = at(NEW_YORK, NIGHTS[NEW_YORK])
    begins = datetime(2030, 11, 1, 19, 0, tzinfo=NEW_YORK)
    stage.event.sales_from = begins
    stage.event.save()
    first: dict[str, Any] = {
        "opens": Opens.AFTER_ON_SALE,
        "opens_hours": 0,
        "closes": Closes.AFTER_OPENING,
        "closes_hours": 40,
    }
    apply(
        stage,
        line(stage, "web", draws=Draws.GENERAL, **first),
        line(stage, "agent", draws=Draws.GENERAL, tier=2, opens=Opens.AFTER_TIER),
        now=LONG_BEFORE,
    )
    assert window(stage) == ("01 Nov 19:00 EDT", "03 Nov 10:00 EST")
    assert window(stage, "agent") == ("03 Nov 10:00 EST", None)
    assert stage.row(channel="agent").draws_from == begins.astimezone(UTC) + timedelta(hours=40)


@pytest.mark.parametrize(
    ("zone", "opens", "closes"),
    [
        (KOLKATA, "02 Nov 19:00 IST", "03 Nov 18:00 IST"),
        (NEW_YORK, "02 Nov 19:00 EDT", "03 Nov 18:00 EST"),
    ],
    ids=["Kolkata", "New York"],
)
def test_moments_are_what_was_typed_at_the_venue(zone: ZoneInfo, opens: str, closes: str) -> None:
    stage = at(zone, NIGHTS[zone])
    apply(
        stage,
        line(
            stage,
            "web",
            draws=Draws.GENERAL,
            opens=Opens.AT,
            opens_at=datetime(2030, 11, 2, 19, 0, tzinfo=zone),
            closes=Closes.AT,
            closes_at=datetime(2030, 11, 3, 18, 0, tzinfo=zone),
        ),
        now=LONG_BEFORE,
    )
    assert window(stage) == (opens, closes)


def test_of_an_hour_that_comes_twice_the_moment_that_was_meant_is_kept() -> None:
    stage = at(NEW_YORK, NIGHTS[NEW_YORK])
    first = datetime(2030, 11, 3, 1, 30, tzinfo=NEW_YORK)
    apply(
        stage,
        line(
            stage,
            "web",
            draws=Draws.GENERAL,
            opens=Opens.AT,
            opens_at=first,
            closes=Closes.AT,
            closes_at=first.replace(fold=1),
        ),
        now=LONG_BEFORE,
    )
    assert window(stage) == ("03 Nov 01:30 EDT", "03 Nov 01:30 EST")
    row = stage.row()
    assert row.draws_from is not None
    assert row.draws_until == row.draws_from + timedelta(hours=1)


def test_hours_after_a_typed_opening_have_passed_too() -> None:
    stage = at(NEW_YORK, NIGHTS[NEW_YORK])
    terms: dict[str, Any] = {
        "opens": Opens.AT,
        "opens_at": datetime(2030, 11, 2, 15, 0, tzinfo=NEW_YORK),
        "closes": Closes.AFTER_OPENING,
        "closes_hours": 24,
    }
    apply(stage, line(stage, "web", draws=Draws.GENERAL, **terms), now=LONG_BEFORE)
    assert window(stage) == ("02 Nov 15:00 EDT", "03 Nov 14:00 EST")


@pytest.mark.parametrize(
    ("zone", "start", "ends"),
    [
        (KOLKATA, NIGHTS[KOLKATA], "02 Nov 19:00 IST"),
        (NEW_YORK, NIGHTS[NEW_YORK], "02 Nov 20:00 EDT"),
        (NEW_YORK, SPRING, "09 Mar 18:00 EST"),
    ],
    ids=["Kolkata", "autumn", "spring"],
)
def test_unsold_goes_back_so_many_elapsed_hours_before_the_start(
    zone: ZoneInfo, start: datetime, ends: str
) -> None:
    stage = at(zone, start)
    apply(
        stage,
        line(stage, "agent", 30, release_hours=24),
        line(stage, "web", group="Direct"),
        group("Direct", 20, release_hours=24),
        now=LONG_BEFORE,
    )
    [moment] = {row.releases_at for row in Stock.objects.exclude(releases_at=None)}
    assert moment is not None
    assert told(moment, zone) == ends
    pool = stage.pools["GA"].pk
    assert release.due(moment - timedelta(microseconds=1)) == []
    assert release.release_pool(pool, moment - timedelta(microseconds=1)) == 0
    assert release.due(moment) == [pool]
    # The agent's row, the group's, the website's terms, and the general row.
    assert release.release_pool(pool, moment) == 4
    assert stage.counters(channel="agent") == Counters(0, 0, 0, 0)
    assert (stage.open_row(name="Direct").quantity, stage.open_row().quantity) == (0, 100)
    assert_reconciled()
