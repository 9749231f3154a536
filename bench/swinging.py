"""Two channels whose demand takes turns, and how often stock moves between them.

Deterministic: the same seed sends the same customers to each way of moving. A channel sells what its own
row has, as under the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp
from random import Random

from transfers.dynamic.forecast import HOUR, LOOK_BACK, Past, forecast, hour_of
from transfers.dynamic.split import RULES, Row, Rules, moves

STEP = timedelta(minutes=5)
BEGIN = datetime(2030, 1, 7, tzinfo=UTC)
WEEK = timedelta(days=7)
END = BEGIN + 3 * WEEK
STEPS = (END - BEGIN) // STEP
CAPACITY = 2600
FLOOR = 200
BUSY, QUIET = 5.0, 0.5  # customers an hour
DAYTIME = range(9, 21)
CHANNELS = (1, 2)
SEED = 1

# What the rules and the forecast's memory are there against.
NO_RULES = Rules(minimum=1, band=0, deviations=0, cooldown=timedelta(0), settles=timedelta(0))
ONE_HOUR = timedelta(hours=1)


def rates(at: datetime) -> tuple[float, float]:
    """A week of days and nights, one in which the turn changes every three hours, one that A leads."""
    if at < BEGIN + WEEK:
        turn_of_a = at.hour in DAYTIME
    else:
        turn_of_a = at >= BEGIN + 2 * WEEK or at.hour // 3 % 2 == 0
    return (BUSY, QUIET) if turn_of_a else (QUIET, BUSY)


def customers(seed: int = SEED) -> list[tuple[int, int]]:
    """For each step how many ask A and B for a ticket: Poisson numbers."""
    chance = Random(seed)  # noqa: S311 - a simulation has to repeat itself

    def poisson(mean: float) -> int:
        # Knuth's: how many random factors it takes to fall below e^-mean.
        count, left = 0, chance.random()
        while left > exp(-mean):
            left *= chance.random()
            count += 1
        return count

    counts = []
    for step in range(STEPS):
        a, b = rates(BEGIN + step * STEP)
        counts.append((poisson(a * (STEP / HOUR)), poisson(b * (STEP / HOUR))))
    return counts


@dataclass
class Channel:
    channel_id: int
    quantity: int = CAPACITY // 2
    sold: int = 0
    turned_away: int = 0
    received_at: datetime = BEGIN
    by_hour: dict[int, int] = field(default_factory=dict)
    closed: dict[int, float] = field(default_factory=dict)

    def serve(self, buyers: int, hour: int) -> None:
        if self.sold == self.quantity:
            self.closed[hour] = self.closed.get(hour, 0.0) + STEP / HOUR
        served = min(buyers, self.quantity - self.sold)
        self.sold += served
        self.turned_away += buyers - served
        self.by_hour[hour] = self.by_hour.get(hour, 0) + served


@dataclass(frozen=True)
class Moved:
    at: datetime
    giver: int
    units: int


@dataclass
class Run:
    """The moves, what A and B had and had sold after each step, and what came of it."""

    moved: list[Moved] = field(default_factory=list)
    quantities: list[tuple[int, int]] = field(default_factory=list)
    solds: list[tuple[int, int]] = field(default_factory=list)
    turned_away: int = 0

    @property
    def sold(self) -> int:
        return sum(self.solds[-1])

    @property
    def units(self) -> int:
        return sum(move.units for move in self.moved)

    @property
    def reversals(self) -> int:
        """Moves that go the other way than the one before."""
        return sum(move.giver != other.giver for move, other in pairwise(self.moved))


def run(
    demand: Sequence[tuple[int, int]],
    rules: Rules | None = RULES,
    memory: timedelta = LOOK_BACK,
) -> Run:
    """Sells and rebalances every five minutes; without rules nothing ever moves.

    ``memory``: the forecast knows nothing of what is older.
    """
    a, b = channels = [Channel(id_) for id_ in CHANNELS]
    result = Run()
    for step, counts in enumerate(demand):
        now = BEGIN + step * STEP
        for channel, count in zip(channels, counts, strict=True):
            channel.serve(count, hour_of(now))
        if rules is not None:
            result.moved += rebalance(channels, now + STEP, result.moved, rules, memory)
        result.quantities.append((a.quantity, b.quantity))
        result.solds.append((a.sold, b.sold))
    result.turned_away = a.turned_away + b.turned_away
    return result


def rebalance(
    channels: Sequence[Channel],
    now: datetime,
    before: Sequence[Moved],
    rules: Rules,
    memory: timedelta,
) -> list[Moved]:
    rows = rows_of(channels, now, memory)
    by_id = {channel.channel_id: channel for channel in channels}
    result = []
    for move in moves(rows, now, before[-1].at if before else None, rules):
        by_id[move.giver.channel_id].quantity -= move.units
        by_id[move.receiver.channel_id].quantity += move.units
        by_id[move.receiver.channel_id].received_at = now
        result.append(Moved(now, move.giver.channel_id, move.units))
    return result


def rows_of(channels: Sequence[Channel], now: datetime, memory: timedelta) -> list[Row]:
    pasts = [
        Past(
            channel_id=channel.channel_id,
            since=max(BEGIN, now - memory),
            until=END,
            sold=channel.by_hour,
            closed=channel.closed,
        )
        for channel in channels
    ]
    return [
        Row(
            channel_id=channel.channel_id,
            quantity=channel.quantity,
            held=0,
            sold=channel.sold,
            drawn=0,
            floor=FLOOR,
            ceiling=None,
            forecast=expected,
            received_at=channel.received_at,
        )
        for channel, expected in zip(channels, forecast(pasts, now, END), strict=True)
    ]
