"""Percents to units, and what a whole plan makes of a pool: for any numbers, on rows in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from allocations.enums import Draws, StockKind
from allocations.ledger import TERMS, Place
from allocations.models import Stock
from allocations.plans.outcome import Outcome, outcome_of
from allocations.plans.release import places
from allocations.plans.shares import exact_share, units_of
from allocations.plans.spec import Group, Line, PlanSpec
from events.models import Event, Venue

CAPACITIES = st.one_of(st.sampled_from((0, 1, 2, 3, 100, 10_000_000)), st.integers(0, 10_000_000))
NOW = datetime(2030, 10, 1, 12, 0, tzinfo=UTC)
EVENT = Event(venue=Venue(time_zone="Asia/Kolkata"), starts_at=NOW + timedelta(days=30))
# The moments at which parts may go back, and the times at which the plans are looked at.
RELEASES = (NOW + timedelta(days=1), NOW + timedelta(days=2))
CHANNELS = (1, 2, 3, 4)
GROUPS = ("Direct", "Partners")
OPEN_ROWS = ("", *GROUPS)
# A case has some thirty choices: fewer of them, and no look at the clock of a busy machine.
QUICK = settings(max_examples=40, deadline=None)


@st.composite
def shares(
    draw: st.DrawFn, count: int, *, maximum: int = 100, whole: bool = False
) -> list[Decimal]:
    """Percents with two decimals that add up to ``maximum``, or to less."""
    cuts = sorted(draw(st.lists(st.integers(0, 100 * maximum), min_size=count, max_size=count)))
    if whole:
        cuts[-1] = 100 * maximum
    pairs = zip([0, *cuts], cuts, strict=False)
    return draw(st.permutations([Decimal(end - start) / 100 for start, end in pairs]))


def by_percent(percents: Sequence[Decimal]) -> list[Line]:
    return [Line(channel_id=number, percent=share) for number, share in enumerate(percents)]


# --- Percents to units --------------------------------------------------------------------------


@given(st.integers(1, 12).flatmap(lambda count: shares(count, whole=True)), CAPACITIES)
def test_percents_that_are_the_whole_give_the_whole(percents: list[Decimal], capacity: int) -> None:
    assert sum(units_of(by_percent(percents), capacity)) == capacity


@given(st.integers(1, 12).flatmap(shares), CAPACITIES)
def test_nobody_is_a_whole_unit_away_from_the_exact_share(
    percents: list[Decimal], capacity: int
) -> None:
    lines = by_percent(percents)
    found = units_of(lines, capacity)
    assert sum(found) <= capacity
    for line, units in zip(lines, found, strict=True):
        assert abs(units - exact_share(line, capacity)) < 1


@given(st.integers(2, 12).flatmap(shares), CAPACITIES)
def test_more_percent_is_never_less_and_of_equals_the_first_has_more(
    percents: list[Decimal], capacity: int
) -> None:
    found = units_of(by_percent(percents), capacity)
    # Stable: equal percents keep their order.
    largest_first = sorted(zip(percents, found, strict=True), key=lambda pair: -pair[0])
    in_order = [units for _, units in largest_first]
    assert in_order == sorted(found, reverse=True)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=4), shares(3), CAPACITIES)
def test_numbers_stay_as_they_are_and_take_nothing_from_percents(
    numbers: list[int], percents: list[Decimal], capacity: int
) -> None:
    fixed = [Line(channel_id=100 + at, units=units) for at, units in enumerate(numbers)]
    alone = units_of(by_percent(percents), capacity)
    assert units_of([*fixed, *by_percent(percents)], capacity) == [*numbers, *alone]


@pytest.mark.parametrize(
    ("capacity", "percents", "units"),
    [
        (0, ("50", "50"), [0, 0]),
        (1, ("50", "50"), [1, 0]),
        (1, ("33.33", "33.34", "33.33"), [0, 1, 0]),
        (1, ("33.33", "33.33"), [0, 0]),
        (1, ("33.33",), [0]),
        (100, ("33.33", "33.33", "33.33"), [34, 33, 33]),
        (101, ("12.5",) * 8, [13, 13, 13, 13, 13, 12, 12, 12]),
        (10_000_000, ("33.33", "66.67"), [3_333_000, 6_667_000]),
        (9_999_999, ("33.33", "33.33", "33.34"), [3_333_000, 3_333_000, 3_333_999]),
    ],
)
def test_what_is_left_over_goes_to_the_largest_fractions(
    capacity: int, percents: tuple[str, ...], units: list[int]
) -> None:
    assert units_of(by_percent([Decimal(share) for share in percents]), capacity) == units


# --- Whole plans ----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Case:
    """A plan, and a pool to which it comes."""

    spec: PlanSpec
    capacity: int
    rows: list[Stock]

    def __repr__(self) -> str:
        return f"{self.spec} of {self.capacity}: {self.state()}"

    def outcome(self, now: datetime = NOW) -> Outcome:
        return outcome_of(self.spec, EVENT, self.capacity, self.rows, now)

    def put(self, found: dict[int, Place]) -> None:
        """What the ledger would write."""
        for row in self.rows:
            if (place := found.get(row.pk)) is not None:
                row.quantity, row.drawn = place.quantity, place.drawn
                for name in TERMS:
                    setattr(row, name, getattr(place.terms, name))

    def channels(self) -> Iterator[Stock]:
        return (row for row in self.rows if row.kind == StockKind.CHANNEL)

    def state(self) -> list[tuple[object, ...]]:
        names = ("pk", "quantity", "held", "sold", "drawn", *TERMS)
        return [tuple(getattr(row, name) for name in names) for row in self.rows]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Mostly plans that can be applied: percents and numbers give half of the capacity each."""
    capacity = draw(st.integers(1, 300))
    percents = draw(shares(len(CHANNELS) + len(GROUPS), maximum=50))
    numbers = st.none() | st.integers(0, capacity // 12)
    releases = st.sampled_from((None, *RELEASES))

    def part(percent: Decimal) -> dict[str, Any]:
        units = draw(numbers)
        amount = {"percent": percent} if units is None else {"units": units}
        return {**amount, "releases_at": draw(releases)}

    groups = [Group(name=name, **part(percents.pop())) for name in GROUPS]
    lines = []
    for channel in draw(st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True)):
        draws = draw(st.sampled_from(Draws))
        terms: dict[str, Any] = {
            "group": draw(st.sampled_from(GROUPS)) if draws == Draws.GROUP else "",
            "ceiling": draw(st.none() | st.integers(capacity // 2, capacity)),
        }
        lines.append(Line(channel_id=channel, draws=draws, **terms, **part(percents.pop())))
    guaranteed = dict(zip(lines, units_of([*lines, *groups], capacity), strict=False))
    rows = []
    for channel in CHANNELS:
        line = next((one for one in lines if one.channel_id == channel), None)
        beyond = capacity // 20 if line and line.draws != Draws.NONE else 0
        used = draw(st.integers(0, beyond + (guaranteed[line] if line else 0)))
        held = draw(st.integers(0, used))
        row = {"held": held, "sold": used - held, "channel_id": channel}
        rows.append(Stock(pk=channel, kind=StockKind.CHANNEL, **row))
    rows += [Stock(pk=10 + at, kind=StockKind.OPEN, name=name) for at, name in enumerate(OPEN_ROWS)]
    return Case(PlanSpec(lines, groups), capacity, rows)


def assert_sound(case: Case) -> None:
    """What the database's own constraints ask of the rows of a pool."""
    assert sum(row.quantity for row in case.rows) == case.capacity
    for row in case.rows:
        assert 0 <= row.drawn <= row.held + row.sold <= row.quantity
        assert row.ceiling is None or row.quantity <= row.ceiling
        assert row.drawn == 0 or row.draws_on_id is not None


@QUICK
@given(cases())
def test_a_plan_without_problems_gives_away_exactly_the_capacity(case: Case) -> None:
    outcome = case.outcome()
    assume(not outcome.problems)
    assert [change.row.pk for change in outcome.changes][-1] == 10
    case.put(outcome.places)
    assert_sound(case)


@QUICK
@given(cases())
def test_a_plan_without_problems_guarantees_what_it_says(case: Case) -> None:
    outcome = case.outcome()
    assume(not outcome.problems)
    parts = [*case.spec.groups, *case.spec.lines]
    wanted = dict(zip(map(id, parts), units_of(parts, case.capacity), strict=True))
    case.put(outcome.places)
    for row in case.channels():
        line = case.spec.line_of(row.channel_id)
        assert row.quantity - row.drawn == (wanted[id(line)] if line else 0)


@QUICK
@given(cases())
def test_a_plan_applied_again_changes_nothing(case: Case) -> None:
    outcome = case.outcome()
    assume(not outcome.problems)
    case.put(outcome.places)
    again = case.outcome()
    assert again.problems == []
    assert [change.row.pk for change in again.changes if change.is_change] == []


def sell(case: Case, row: Stock, units: int) -> None:
    """As the ledger does: own units first, then as much as there is to draw."""
    own = min(units, row.quantity - row.held - row.sold)
    row.sold += own
    open_row = next((one for one in case.rows if one.pk == row.draws_on_id), None)
    if open_row is not None and (row.draws_until is None or row.draws_until > NOW):
        room = open_row.quantity if row.ceiling is None else row.ceiling - row.quantity
        drawn = min(units - own, open_row.quantity, room)
        open_row.quantity -= drawn
        row.quantity, row.sold, row.drawn = (
            row.quantity + drawn,
            row.sold + drawn,
            row.drawn + drawn,
        )


@QUICK
@given(cases(), st.lists(st.integers(0, 100), min_size=len(CHANNELS), max_size=len(CHANNELS)))
def test_what_is_released_is_what_the_plan_says_from_then_on(case: Case, asked: list[int]) -> None:
    outcome = case.outcome()
    assume(not outcome.problems)
    case.put(outcome.places)
    for row, units in zip(case.channels(), asked, strict=True):
        sell(case, row, units)
    assert_sound(case)
    for moment in RELEASES:
        case.put(places(case.rows, moment, {}, {}))
        assert_sound(case)
        before = case.state()
        again = case.outcome(moment)
        assert again.problems == []
        case.put(again.places)
        assert case.state() == before


@QUICK
@given(cases())
def test_two_releases_missed_are_as_two_in_time(case: Case) -> None:
    outcome = case.outcome()
    assume(not outcome.problems)
    late = Case(case.spec, case.capacity, [Stock(**values(row)) for row in case.rows])
    for one in (case, late):
        one.put(outcome.places)
    for moment in RELEASES:
        case.put(places(case.rows, moment, {}, {}))
    late.put(places(late.rows, RELEASES[-1], {}, {}))
    assert late.state() == case.state()


def values(row: Stock) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in Stock._meta.concrete_fields}
