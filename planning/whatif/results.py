"""What runs came to: one row of numbers a seed and side, and what is said of all seeds together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.whatif.engine import Result

# From which to which of the runs an interval goes, in percent.
LOW, HIGH = 5, 95


def as_json(result: Result) -> dict[str, Any]:
    return {
        "sold": dict(result.sold),
        "cents": dict(result.cents),
        "away": dict(result.away),
        "away_by": dict(result.away_by),
        "left": dict(result.left),
        "moved": result.moved,
        "transfers": result.transfers,
        "approvals": result.approvals,
        "lapsed": result.lapsed,
        "released": result.released,
        "time": result.over_time,
        "time_away": result.over_time_away,
    }


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of all runs, and between which numbers 90 of 100 lie. ``first``: of the first run, which is exact
    where a demand is what happened.
    """

    mean: float
    low: float
    high: float
    first: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        ordered = sorted(values)
        return cls(
            sum(ordered) / len(ordered),
            _percentile(ordered, LOW),
            _percentile(ordered, HIGH),
            values[0],
        )


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """By nearest rank: the smallest number that so many percent do not exceed."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


Seeds = Sequence[Mapping[str, Any]]


def spread(seeds: Seeds, read: Callable[[Mapping[str, Any]], float]) -> Spread:
    return Spread.of([read(seed) for seed in seeds])


def total(name: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda seed: float(sum(seed[name].values()))


def of_key(name: str, key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda seed: float(seed[name].get(key, 0))


def number(name: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda seed: float(seed[name])


def difference(first: Seeds, second: Seeds, read: Callable[[Mapping[str, Any]], float]) -> Spread:
    """Of the second from the first, seed by seed: both had the same buyers."""
    return Spread.of([read(b) - read(a) for a, b in zip(first, second, strict=True)])


def over_time(seeds: Seeds, name: str) -> list[Spread]:
    """By stretch of time."""
    return [
        Spread.of([seed[name][index] for seed in seeds]) for index in range(len(seeds[0][name]))
    ]
