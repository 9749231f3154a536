"""How often the range of what a late channel has sold holds, and its buffer: docs/offline.md, "Sold by now".

    python -m bench.late_estimates [pasts of each kind]

Deterministic: the same number gives the same table. A past is so many reports at about the same distance; what came
after the last of them is held against the range, and against the buffer.
"""

import sys
from collections.abc import Sequence
from itertools import product
from math import exp, pi, sin, sqrt
from random import Random

from offline.pace import Span, buffer, estimate

PASTS = 3_000
SEED = 1
RATES = (0.5, 3.0, 20.0)  # tickets an hour
REPORTS = ((4, 24.0), (10, 24.0), (40, 24.0), (12, 3.0), (56, 3.0))  # how many, hours apart
ORDERS = {"single tickets": 1, "orders of one to five": 5}
# From here a normal count will do.
LARGE = 50
PARTS = 8  # of a span, for the tide
DAY = 24.0

Past = tuple[Sequence[Span], Span]


def poisson(random: Random, mean: float) -> int:
    if mean > LARGE:
        return max(0, round(random.gauss(mean, sqrt(mean))))
    count, product_, least = 0, random.random(), exp(-mean)
    while product_ > least:
        count, product_ = count + 1, product_ * random.random()
    return count


def reported(
    random: Random, rate: float, began: float, hours: float, tickets: int, *, tide: bool
) -> Span:
    """What a channel sells in so many hours, from that hour on: orders of one to ``tickets``."""
    mean = rate * hours
    if tide:
        middles = (began + (part + 0.5) * hours / PARTS for part in range(PARTS))
        mean *= sum(1 + 0.8 * sin((hour - 9) / DAY * 2 * pi) for hour in middles) / PARTS
    orders = poisson(random, mean / ((1 + tickets) / 2))
    units = sum(random.randint(1, tickets) for _ in range(orders))
    return Span(units, hours, (began + hours) % DAY)


def past(
    random: Random, rate: float, reports: int, every: float, tickets: int, *, tide: bool = False
) -> Past:
    """The reports, the newest first, and what came after them: orders of one to ``tickets``."""
    spans, began = [], random.uniform(0, DAY)
    for _ in range(reports + 1):
        hours = every * random.uniform(0.8, 1.2)
        spans.append(reported(random, rate, began, hours, tickets, tide=tide))
        began += hours
    return spans[-2::-1], spans[-1]


def shares(
    random: Random, count: int, kind: tuple[float, int, float, int, bool]
) -> tuple[float, float]:
    """How often the range held, and how often more was sold than the buffer."""
    rate, reports, every, tickets, tide = kind
    held = over = 0
    for _ in range(count):
        spans, after = past(random, rate, reports, every, tickets, tide=tide)
        seen = estimate(spans, after.hours, after.ended_at_hour)
        units = buffer(spans, after.hours, after.ended_at_hour)
        held += seen is not None and seen.low <= after.units <= seen.high
        over += units is not None and after.units > units
    return held / count, over / count


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else PASTS
    random = Random(SEED)  # noqa: S311
    for name, tickets in ORDERS.items():
        rows = []
        for rate, (reports, every), tide in product(RATES, REPORTS, (False, True)):
            if tide and every >= DAY:
                continue  # a whole day has no tide
            row = shares(random, count, (rate, reports, every, tickets, tide))
            rows.append(row)
            sys.stdout.write(
                f"{name}, {rate:g} an hour, {reports} every {every:g} h{', tide' if tide else ''}:"
                f" {100 * row[0]:.1f} % in the range, {row[1]:.5f} above the buffer\n"
            )
        held = [row[0] for row in rows]
        sys.stdout.write(
            f"= {name}: {100 * sum(held) / len(held):.1f} % on average, {100 * min(held):.1f} to"
            f" {100 * max(held):.1f} %; above the buffer {sum(row[1] for row in rows) / len(rows):.6f}\n"
        )


if __name__ == "__main__":
    main()
