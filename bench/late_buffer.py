"""A million simulated syncs of channels that sell from shared stock: how often more was sold than the safety buffer.

    python -m bench.late_buffer [syncs]

Draws docs/late-buffer.svg and prints the table of docs/offline.md, "Safety buffers". Deterministic: the same number gives the
same. Each channel goes on for a thousand syncs, and its buffer is worked out from what it has reported until then, as
``offline.estimates`` does: a sync that is late is waited for longer, and one that is very late makes the buffer grow. The
rest of the shared stock is taken to be gone whenever a sync comes: each unit above the buffer is oversold. That is the
worst that can be.
"""

import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import log10
from pathlib import Path
from random import Random

from bench.late_estimates import DAY, ORDERS, reported
from offline.pace import BUFFER_PROBABILITY, MAX_SPANS, Span, cautious_count, covered

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "late-buffer.svg"
SYNCS = 1_000_000
A_CHANNEL = 1_000  # syncs
SEED = 1
RATES = (0.5, 3.0, 20.0)  # tickets an hour
EVERY = (1.0, 6.0, 24.0)  # hours from sync to sync
LATE, LATEST = 0.03, 4.0  # so many syncs are late, up to so many times
SETTINGS = (10, 100, 1_000, 10_000, 100_000)

WIDTH, HEIGHT = 760, 470
LEFT, RIGHT, TOP, BOTTOM = 112.0, 728.0, 96.0, 400.0
LOWEST = 6.0  # powers of ten below 1
STYLE = """
    .paper { fill: #ffffff } text { fill: #1b1b2b } .note { font-size: 12.5px; fill: #475467 }
    .title { font-weight: 650 } .grid { stroke: #d0d5dd; stroke-width: 1; fill: none }
    .promise { stroke: #475467; stroke-width: 1.5; stroke-dasharray: 5 4; fill: none }
    .buffer { stroke: #5b46c9; fill: none; stroke-width: 2 } .dot { fill: #5b46c9 }
    .mean { stroke: #b26a00; fill: none; stroke-width: 2 } .none { stroke: #b42318; fill: none; stroke-width: 2 }
    text.buffer { fill: #5b46c9; stroke: none } text.mean { fill: #8a5200; stroke: none }
    text.none { fill: #b42318; stroke: none }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #14141f } text { fill: #ececf4 } .note { fill: #a9b0bf }
      .grid { stroke: #3a3d4d } .promise { stroke: #a9b0bf } .buffer { stroke: #a99bff } .dot { fill: #a99bff }
      .mean { stroke: #f0b35a } .none { stroke: #ff8a7a } text.buffer { fill: #a99bff }
      text.mean { fill: #f0b35a } text.none { fill: #ff8a7a }
    }
"""


@dataclass
class Tally:
    """How many syncs there were, in how many more was sold than was set aside: with a buffer of each setting, with
    as much as is sold on average, and with nothing.
    """

    syncs: int = 0
    above: Counter[int] = field(default_factory=Counter)
    above_mean: int = 0
    sold_any: int = 0
    # Of each tenth sync: how large the buffer of 1 in 10,000 is for what is sold on average.
    set_aside: int = 0
    sold: int = 0

    def add(self, other: "Tally") -> None:
        self.syncs += other.syncs
        self.above += other.above
        self.above_mean += other.above_mean
        self.sold_any += other.sold_any
        self.set_aside += other.set_aside
        self.sold += other.sold


def syncs_of(
    random: Random, rate: float, every: float, tickets: int, *, tide: bool
) -> Iterator[Span]:
    """What one channel reports: orders of one to ``tickets``; some syncs are late."""
    now = random.uniform(0, DAY)
    while True:
        hours = every * random.uniform(0.8, 1.2)
        if random.random() < LATE:
            hours *= random.uniform(1, LATEST)
        yield reported(random, rate, now, hours, tickets, tide=tide)
        now += hours


def simulate(random: Random, syncs: int, kind: tuple[float, float, int, bool]) -> Tally:
    rate, every, tickets, tide = kind
    tally = Tally()
    while tally.syncs < syncs:
        past: deque[Span] = deque(maxlen=MAX_SPANS)
        for _, sync in zip(range(A_CHANNEL), syncs_of(random, rate, every, tickets, tide=tide)):  # noqa: B905
            if past or sync.units:
                count_of_one(tally, list(past), sync)
                past.appendleft(sync)
            if tally.syncs == syncs:
                break
    return tally


def count_of_one(tally: Tally, spans: list[Span], sync: Span) -> None:
    if not spans:
        return
    hours = covered(spans, sync.hours)
    count = cautious_count(spans, hours, (sync.ended_at_hour + hours - sync.hours) % DAY)
    if count is None:
        return
    tally.syncs += 1
    chance = count.at_least(sync.units) if sync.units else 1.0
    # More than the largest count that is so likely: the buffer of that setting is too small.
    tally.above.update(one_in for one_in in SETTINGS if chance < 1 / one_in)
    tally.above_mean += sync.units > round(
        sync.hours * sum(span.units for span in spans) / sum(span.hours for span in spans)
    )
    tally.sold_any += sync.units > 0
    if tally.syncs % 10 == 0:
        tally.set_aside += count.highest(BUFFER_PROBABILITY)
        tally.sold += sync.units


def x_of(one_in: int) -> float:
    return LEFT + (RIGHT - LEFT) * (log10(one_in) - 0.5) / (log10(SETTINGS[-1]) - 0.25)


def y_of(share: float) -> float:
    powers = min(-log10(share), LOWEST) if share else LOWEST
    return TOP + (BOTTOM - TOP) * powers / LOWEST


def path(kind: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def scale() -> Iterator[str]:
    for power in range(int(LOWEST) + 1):
        y = y_of(10.0**-power)
        yield path("grid", [(LEFT, y), (RIGHT, y)])
        yield text(LEFT - 8, y + 4, "note", f"1 in {10**power:,}" if power else "each", "end")
    for one_in in SETTINGS:
        yield text(x_of(one_in), BOTTOM + 22, "note", f"1 in {one_in:,}", "middle")
    middle = (LEFT + RIGHT) / 2
    yield text(middle, BOTTOM + 48, "note", "the chance that the channel's page says", "middle")


def picture(total: Tally) -> str:
    elements = [
        text(LEFT, 34, "title", f"{total.syncs:,} syncs: how many find no stock for what was sold"),
        text(LEFT, 54, "note", "the rest of the shared stock is taken to be gone at each"),
        *scale(),
    ]
    for kind, count, words, below in (
        ("none", total.sold_any, "with nothing set aside", -8),
        ("mean", total.above_mean, "with as much as it sells on average", 18),
    ):
        y = y_of(count / total.syncs)
        elements.append(path(kind, [(LEFT, y), (RIGHT, y)]))
        share = f"{words}: {100 * count / total.syncs:.0f} %"
        elements.append(text(RIGHT, y + below, kind, share, "end"))
    elements.append(path("promise", [(x_of(one_in), y_of(1 / one_in)) for one_in in SETTINGS]))
    elements.append(text(x_of(1_000) + 12, y_of(1 / 1_000) - 8, "note", "what is promised"))
    measured = [(x_of(one_in), y_of(total.above[one_in] / total.syncs)) for one_in in SETTINGS]
    elements.append(path("buffer", measured))
    elements += [f'<circle class="dot" r="4" cx="{x:.1f}" cy="{y:.1f}"/>' for x, y in measured]
    x, y = measured[2]
    elements.append(text(x - 12, y + 4, "buffer", "with the buffer", "end"))
    elements += [
        text(x_of(one_in), BOTTOM - 10, "note", "none")
        for one_in in SETTINGS
        if not total.above[one_in]
    ]
    body = "\n".join(f"  {element}" for element in elements)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="system-ui, sans-serif" font-size="15" role="img"'
        ' aria-label="How often more is sold than the safety buffer, by the chance that is set">\n'
        f"  <style>{STYLE}  </style>\n"
        f'  <rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>\n{body}\n</svg>\n'
    )


def text(x: float, y: float, kind: str, words: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>'


def main() -> None:
    syncs = int(sys.argv[1]) if sys.argv[1:] else SYNCS
    random = Random(SEED)  # noqa: S311
    # A day from sync to sync has no tide.
    kinds = [
        (rate, every, tickets, tide)
        for rate, every, tickets, tide in product(RATES, EVERY, ORDERS.values(), (False, True))
        if not (tide and every >= DAY)
    ]
    total = Tally()
    for number, kind in enumerate(kinds):
        share = syncs * (number + 1) // len(kinds) - syncs * number // len(kinds)
        tally = simulate(random, share, kind)
        total.add(tally)
        rate, every, tickets, tide = kind
        sys.stdout.write(
            f"{rate:g} an hour, every {every:g} h, orders of up to {tickets}{', tide' if tide else ''}: {line(tally)}\n"
        )
    sys.stdout.write(f"= {total.syncs:,} syncs: {line(total)}\n")
    PICTURE.write_text(picture(total))


def line(tally: Tally) -> str:
    above = ", ".join(f"1 in {one_in:,}: {tally.above[one_in]}" for one_in in SETTINGS)
    return (
        f"more than the buffer of {above}; than the mean {100 * tally.above_mean / tally.syncs:.1f} %;"
        f" than nothing {100 * tally.sold_any / tally.syncs:.1f} %; the buffer is"
        f" {tally.set_aside / tally.sold:.1f} times what is sold"
    )


if __name__ == "__main__":
    main()
