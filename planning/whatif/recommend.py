"""Protection levels for channels that sell the same stock at different prices: EMSR-b.

Belobaba's second heuristic of expected marginal seat revenue (P. P. Belobaba, "Optimal vs. heuristic methods for nested seat
allocation", AGIFORS Reservations and Yield Management Study Group, 1992; K. T. Talluri and G. J. van Ryzin, *The Theory and
Practice of Revenue Management*, 2004, section 2.2.4.2; without its ``b``: P. P. Belobaba, "Application of a probabilistic
decision model to airline seat inventory control", Operations Research 37(2), 1989). Of classes j in order of falling price p, with
independent normal demand of mean m and deviation s::

    S_j = m_1 + … + m_j        p̄_j = (p_1 m_1 + … + p_j m_j) / S_j
    y_j = S_j + √(s_1² + … + s_j²) · Φ⁻¹(1 - p_{j+1} / p̄_j)

``y_j`` units are kept from class j + 1 for those above it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import sqrt
from statistics import NormalDist, fmean, pstdev
from typing import Any

from allocations.enums import Draws
from allocations.plans.spec import Line, PlanSpec
from common.rounding import largest_remainder
from planning.whatif import plan_json
from planning.whatif.demand import HOLD, SELL
from planning.whatif.simulation import Simulation

# Seeds from which mean and deviation of a channel's demand are taken.
SAMPLE = 60
# What is kept for higher prices and does not sell goes back so long before the start.
RELEASE_HOURS = 24


@dataclass(frozen=True, slots=True)
class PriceClass:
    """Channels that sell at one price. ``price``: cents a unit of the pool."""

    price: float
    mean: float
    deviation: float
    channels: Mapping[int, float] | None = None  # with the mean demand of each


def protection_levels(classes: Sequence[PriceClass]) -> list[int]:
    """Units kept from each class for those before it, in order of falling price: nothing from the first."""
    levels = [0]
    units = variance = revenue = 0.0
    for here, below in pairwise(classes):
        units += here.mean
        variance += here.deviation**2
        revenue += here.price * here.mean
        if units <= 0 or revenue <= 0:
            levels.append(levels[-1])
            continue
        chance = 1.0 - below.price / (revenue / units)
        level = units
        if 0.0 < chance < 1.0:
            level += sqrt(variance) * NormalDist().inv_cdf(chance)
        elif chance <= 0.0:
            level = 0.0
        levels.append(max(round(level), levels[-1], 0))
    return levels


def recommend(simulation: Simulation) -> dict[str, Any]:
    """A plan for the pools in which prices differ, as JSON, with what it rests on; empty where they do not.

    Each class is guaranteed what its level keeps beyond the one above, and draws on the open stock for the rest.
    """
    scene = simulation.scene
    demands = _demands(simulation)
    specs: dict[int, PlanSpec] = {}
    pools = []
    for pool in scene.pools:
        classes = _classes(demands.get(pool.pk, {}))
        if len(classes) < 2:  # noqa: PLR2004 - one price keeps nothing from another
            continue
        on_sale = pool.capacity - scene.killed.get(pool.pk, 0)
        levels = [min(level, on_sale) for level in protection_levels(classes)]
        parts = _parts(classes, levels)
        specs[pool.pk] = PlanSpec(tuple(_line(channel, parts[channel]) for channel in parts))
        pools.append(
            {
                "pool": pool.pk,
                "name": pool.name,
                "classes": [
                    {
                        "price": price_class.price,
                        "mean": round(price_class.mean, 1),
                        "deviation": round(price_class.deviation, 1),
                        "channels": list(price_class.channels or ()),
                        "level": level,
                    }
                    for price_class, level in zip(classes, levels, strict=True)
                ],
            }
        )
    return {"plan": plan_json.write(specs), "pools": pools} if specs else {}


Demands = dict[int, dict[int, tuple[list[float], float]]]


def _demands(simulation: Simulation) -> Demands:
    """Of each pool and channel: units asked for in each of some seeds, and the mean price of a unit in cents."""
    rows = simulation.scene.rows
    units: defaultdict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * SAMPLE)
    money: defaultdict[tuple[int, int], float] = defaultdict(float)
    for number in range(SAMPLE):
        for _at, _order, act, _story in simulation.demand.of_seed(number + 1):
            if act.kind not in {SELL, HOLD}:
                continue
            of_pools = [(rows[row].pool_id, count) for row, count in act.needs if rows[row].pool_id]
            whole = sum(count for _pool, count in of_pools)
            for pool_id, count in of_pools:
                key = (pool_id or 0, act.channel)
                units[key][number] += count
                money[key] += act.cents * count / whole
    demands: Demands = {}
    for (pool_id, channel), counts in units.items():
        price = money[pool_id, channel] / max(sum(counts), 1.0)
        demands.setdefault(pool_id, {})[channel] = (counts, price)
    return demands


def _classes(channels: Mapping[int, tuple[list[float], float]]) -> list[PriceClass]:
    """Channels whose unit costs the same in whole units of money are one class; who gives it away is none."""
    by_price: defaultdict[int, list[int]] = defaultdict(list)
    for channel, (_counts, price) in channels.items():
        if round(price / 100) > 0:
            by_price[round(price / 100)].append(channel)
    classes = []
    for price in sorted(by_price, reverse=True):
        own = by_price[price]
        together = [sum(counts) for counts in zip(*(channels[c][0] for c in own), strict=True)]
        means = {channel: fmean(channels[channel][0]) for channel in own}
        classes.append(PriceClass(100.0 * price, fmean(together), pstdev(together), means))
    return classes


def _parts(classes: Sequence[PriceClass], levels: Sequence[int]) -> dict[int, int]:
    """Guaranteed units by channel: what the next level keeps beyond this one, shared by demand."""
    parts: dict[int, int] = {}
    for number, price_class in enumerate(classes):
        means = dict(price_class.channels or {})
        kept = levels[number + 1] - levels[number] if number + 1 < len(levels) else 0
        whole = sum(means.values()) or 1.0
        exact = [Fraction(kept * mean / whole) for mean in means.values()]
        parts |= dict(zip(means, largest_remainder(exact, kept), strict=True))
    return parts


def _line(channel: int, units: int) -> Line:
    return Line(
        channel_id=channel,
        units=units,
        draws=Draws.GENERAL,
        release_hours=RELEASE_HOURS if units else None,
    )
