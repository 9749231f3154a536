"""How often quiet demand raises an alarm of velocity, and how soon a change of it does: docs/velocity.md.

    python -m bench.false_alarms [channels of each demand]

Deterministic: the same number gives the same table. Slots of 15 minutes; the window is the last four that are
complete and the running one, judged every minute as under the rules of alerts, from a history that goes on.
"""

import sys
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import cos, exp, log, pi, sqrt
from random import Random
from statistics import median
from typing import NamedTuple

from alerts.velocity import (
    MIN_OPEN,
    PROBABILITY,
    Direction,
    History,
    Seen,
    has_ended,
    judge,
    usual_count,
)

SLOT = 15  # minutes
WINDOW = 4  # slots
DAY = 96
WEEK = 7 * DAY
HISTORY = 14  # days
LIMITS = (1e-3, 1e-4, 1e-5, 1e-6)
SEED = 1
CHANNELS = 20  # of each demand, a week each
CHANGED = HISTORY * DAY + DAY // 2  # slots: at noon, after two weeks
PATIENCE = 6 * 60 // SLOT  # slots
# Standard deviations within which no tail is below 1 %, so that no limit, nor ten times one, is near.
NEAR = (-1.5, 2.0)


@dataclass(frozen=True)
class Demand:
    """``rate``: units in a window, on average over the day. A tide goes from a tenth to 19 tenths of it."""

    rate: float
    tide: bool = False
    dispersion: float = 1.0

    def tables(self, times: float = 1.0) -> list[list[float]]:
        """For each slot of the day P(count ≤ k) by k."""
        tables = []
        for slot in range(DAY):
            height = 1 - 0.9 * cos(2 * pi * (slot / DAY - 1 / 8)) if self.tide else 1.0
            tables.append(cumulated(self.rate / WINDOW * height * times, self.dispersion))
        return tables


def cumulated(mean: float, dispersion: float) -> list[float]:
    """Of a Poisson or negative binomial count, as far as random numbers reach."""
    excess = dispersion - 1
    chance = exp(-mean) if not excess else exp(-mean / excess * log(dispersion))
    chances = [chance]
    while len(chances) <= mean or chance > 1e-17:  # noqa: PLR2004 - a random number has 53 bits
        count = len(chances)
        chance *= (mean + (count - 1) * excess) / (count * dispersion)
        chances.append(chance)
    return list(accumulate(chances))


def drawn(tables: Sequence[list[float]], slots: int, chance: Random, first: int = 0) -> list[int]:
    return [bisect(tables[slot % DAY], chance.random()) for slot in range(first, first + slots)]


@dataclass(frozen=True)
class Alarm:
    limit: float
    direction: Direction
    minute: int


class Past(NamedTuple):
    """A window, or the sum of several: how many, Σ units, Σ units², Σ time open in windows."""

    windows: int
    units: int
    squares: int
    open: float


def histories(
    counts: Sequence[int], shut: Sequence[bool] | None = None
) -> Iterator[tuple[Seen, History, History]]:
    """For each slot in turn: the window before it, its same hour, any hour of the days before.

    ``shut``: the slots in which nothing could be sold; without it all count as open.
    """
    sums = list(accumulate(counts, initial=0))
    open_ = list(accumulate((not is_shut for is_shut in shut or [False] * len(counts)), initial=0))
    window = [
        (sums[i] - sums[i - WINDOW], (open_[i] - open_[i - WINDOW]) / WINDOW)
        if i >= WINDOW
        else (0, 0.0)
        for i in range(len(counts))
    ]
    same = [Past(0, 0, 0, 0.0)] * DAY
    of_all = [Past(0, 0, 0, 0.0)] * WINDOW
    for i in range(len(counts)):
        same[i % DAY] = _rolled(same[i % DAY], window, i, DAY, HISTORY)
        of_all[i % WINDOW] = _rolled(of_all[i % WINDOW], window, i, WINDOW, HISTORY * DAY // WINDOW)
        yield Seen(*window[i]), History(*same[i % DAY]), History(*of_all[i % WINDOW])


def _rolled(
    before: Past, window: Sequence[tuple[int, float]], i: int, apart: int, maximum: int
) -> Past:
    n, units, squares, open_ = before
    for at, sign in ((i - apart, 1), (i - (maximum + 1) * apart, -1)):
        if at >= WINDOW and window[at][1] >= MIN_OPEN:
            n += sign
            units += sign * window[at][0]
            squares += sign * window[at][0] ** 2
            open_ += sign * window[at][1]
    return Past(n, units, squares, open_)


def alarms(
    counts: Sequence[int], first: int, chance: Random, shut: Sequence[bool] | None = None
) -> Iterator[Alarm]:
    """Each that is raised from the slot ``first`` on, for each limit by itself; minutes are counted from there."""
    opened: dict[float, Direction] = {}
    for i, (before, same, every) in enumerate(histories(counts, shut)):
        if i < first or (usual := usual_count(Seen(before.units, 1.0), same, every)) is None:
            continue
        runs = shut is None or not shut[i]
        minutes = [0] * SLOT
        for _ in range(counts[i]):
            minutes[int(chance.random() * SLOT)] += 1
        below, above = (side * sqrt(usual.count.mean * (1 + usual.count.excess)) for side in NEAR)
        units = before.units
        for minute, sold in enumerate(minutes):
            open_ = before.open + (minute / (WINDOW * SLOT) if runs else 0)
            apart = units - usual.count.mean * open_
            seen_units, units = units, units + sold
            if open_ >= 1 and below < apart < above:
                opened.clear()
                continue
            seen = Seen(seen_units, open_)
            for limit, direction in list(opened.items()):
                if has_ended(direction, seen, same, every, probability=limit):
                    del opened[limit]
            verdict = judge(seen, same, every, probability=LIMITS[0])
            for limit in LIMITS:
                if verdict and verdict.probability < 2 * limit and limit not in opened:
                    opened[limit] = verdict.direction
                    yield Alarm(limit, verdict.direction, (i - first) * SLOT + minute)


def false_alarms(
    demand: Demand, channels: int, *, new: bool = False, seed: int = SEED
) -> dict[float, float]:
    """By limit, how many a channel has in a week: one with two weeks behind it, or in the first two of a new."""
    chance = Random(f"{seed} {demand} {new}")  # noqa: S311 - a simulation has to repeat itself
    tables = demand.tables()
    first, slots = (0, HISTORY * DAY) if new else (HISTORY * DAY, HISTORY * DAY + WEEK)
    raised: Counter[float] = Counter()
    for _ in range(channels):
        counts = drawn(tables, slots, chance)
        raised.update(alarm.limit for alarm in alarms(counts, first, chance))
    weeks = channels * (slots - first) / WEEK
    return {limit: raised[limit] / weeks for limit in LIMITS}


def shut_alarms(
    demand: Demand, shut: Sequence[bool], channels: int, *, known: bool, seed: int = SEED
) -> dict[float, float]:
    """By limit, how many a channel has in its first ``len(shut)`` slots, of which it could not sell in those that are
    ``shut``. ``known``: these are left out, as they are; else they count as time without a sale.
    """
    chance = Random(f"{seed} {demand} {sum(shut)}")  # noqa: S311 - a simulation has to repeat itself
    tables = demand.tables()
    raised: Counter[float] = Counter()
    for _ in range(channels):
        drawn_counts = drawn(tables, len(shut), chance)
        counts = [0 if closed else count for count, closed in zip(drawn_counts, shut, strict=True)]
        raised.update(alarm.limit for alarm in alarms(counts, 0, chance, shut if known else None))
    return {limit: raised[limit] / channels for limit in LIMITS}


def minutes_to_find(
    demand: Demand, times: float, trials: int, *, seed: int = SEED
) -> dict[float, float | None]:
    """By limit, the median time until a change is found; None if not in half the trials within six hours."""
    chance = Random(f"{seed} {demand} {times}")  # noqa: S311
    before, after = demand.tables(), demand.tables(times)
    right = Direction.FASTER if times > 1 else Direction.SLOWER
    never = float("inf")
    minutes: dict[float, list[float]] = {limit: [] for limit in LIMITS}
    for _ in range(trials):
        counts = drawn(before, CHANGED, chance) + drawn(after, PATIENCE, chance, CHANGED)
        times_found: dict[float, int] = {}
        for alarm in alarms(counts, CHANGED, chance):
            if alarm.direction is right:
                times_found.setdefault(alarm.limit, alarm.minute)
            if len(times_found) == len(LIMITS):
                break
        for limit in LIMITS:
            minutes[limit].append(times_found.get(limit, never))
    middle = {limit: median(ones) for limit, ones in minutes.items()}
    return {limit: None if value == never else value for limit, value in middle.items()}


QUIET = {
    f"{rate:g} an hour{', day and night' if tide else ''}": Demand(rate, tide)
    for rate in (0.2, 1.0, 5.0, 20.0, 200.0)
    for tide in (False, True)
}
VARIED = {
    f"{rate:g} an hour, variance 3 × mean{', day and night' if tide else ''}": Demand(rate, tide, 3)
    for rate in (1.0, 5.0, 20.0, 200.0)
    for tide in (False, True)
}
NEW = {f"new, {name}": demand for name, demand in QUIET.items()}
ON_SALE = (
    18 * DAY
)  # slots, from the moment at which the event is put on sale or its allocation is made
# In which slots a channel cannot sell.
SHUT: dict[str, Callable[[int], bool]] = {
    "open all the time": lambda _slot: False,
    "drafted ten days before": lambda slot: slot < 10 * DAY,
    "tier opens on the sixth day": lambda slot: slot < 5 * DAY,
    "paused for three days": lambda slot: 10 * DAY <= slot < 13 * DAY,
    "stopped for six hours": lambda slot: 12 * DAY <= slot < 12 * DAY + DAY // 4,
    "sold out from the second day to the eighth": lambda slot: DAY <= slot < 8 * DAY,
    "sold out three hours of each day": lambda slot: slot % DAY // 4 in range(10, 13),
    "same-day item": lambda slot: slot < 16 * DAY or slot >= 17 * DAY,
}
SHUT_DEMANDS = {
    "0.2 an hour, variance 3 × mean": Demand(0.2, dispersion=3),
    "5 an hour": Demand(5),
    "20 an hour, variance 3 × mean, day and night": Demand(20, tide=True, dispersion=3),
}
CHANGED_DEMANDS = {
    "5 an hour": Demand(5),
    "20 an hour": Demand(20),
    "20 an hour, day and night": Demand(20, tide=True),
    "20 an hour, variance 3 × mean": Demand(20, dispersion=3),
    "200 an hour": Demand(200),
}
CHANGES = {"× 5": 5.0, "× 3": 3.0, "÷ 3": 1 / 3, "stops": 0.0}


def table_of_false_alarms(channels: int) -> Iterator[str]:
    yield header("alarms a channel and week")
    for names, new in ((QUIET, False), (VARIED, False), (NEW, True)):
        counts = []
        for name, demand in names.items():
            counts.append(false_alarms(demand, (channels + new) // (1 + new), new=new))
            yield row(name, (f"{counts[-1][limit]:.3f}" for limit in LIMITS))
        means = (sum(count[limit] for count in counts) / len(counts) for limit in LIMITS)
        yield row("*mean*", (f"{mean:.4f}" for mean in means))


def table_of_shut_time(channels: int) -> Iterator[str]:
    """At the limit that rules begin with: as it was counted at first, and as it is."""
    yield row("alarms a channel in 18 days", ("counted as no sale", "left out"))
    yield "|---" * 3 + "|\n"
    for what, is_shut in SHUT.items():
        shut = [is_shut(slot) for slot in range(ON_SALE)]
        for name, demand in SHUT_DEMANDS.items():
            blind, known = (
                shut_alarms(demand, shut, channels, known=known)[PROBABILITY]
                for known in (False, True)
            )
            yield row(f"{what}, {name}", (f"{blind:.3f}", f"{known:.3f}"))


def table_of_times(trials: int) -> Iterator[str]:
    yield header("minutes until found")
    for name, demand in CHANGED_DEMANDS.items():
        for change, times in CHANGES.items():
            took = minutes_to_find(demand, times, trials)
            cells = ("–" if (value := took[limit]) is None else f"{value:.0f}" for limit in LIMITS)
            yield row(f"{name}, {change}", cells)


def header(what: str) -> str:
    return row(what, (f"{limit:.0e}" for limit in LIMITS)) + "|---" * (len(LIMITS) + 1) + "|\n"


def row(name: str, cells: Iterable[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |\n"


def main() -> None:
    channels = int(sys.argv[1]) if len(sys.argv) > 1 else CHANNELS
    for line in table_of_false_alarms(channels):
        sys.stdout.write(line)
    sys.stdout.write("\n")
    for line in table_of_shut_time(channels):
        sys.stdout.write(line)
    sys.stdout.write("\n")
    for line in table_of_times(min(channels, 100)):
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
