"""How often the range of what a late channel has sold holds over the demo season: docs/offline.md, "Sold by now".

    python -m bench.late_season

Deterministic, and without a database: each channel of each event reports at fixed distances what ``demo.pace`` has it sell,
as if stock never ran out. What comes until its next report is held against the range, and against the buffer.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from demo import season
from demo.dates import Dates
from demo.pace import Fate, sales
from offline.pace import MAX_SPANS, Span, buffer, estimate

SEED = 2026
NOW = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Kolkata")
EVERY = (3, 6, 24)  # hours
KEPT = (Fate.SOLD, Fate.CONFIRMED)
# Of fewer no range of whole tickets holds in 95 of 100 cases: it is too wide, or too narrow.
MANY = 10

Units = list[tuple[datetime, int]]


def main() -> None:
    series = list(_series())
    for every in EVERY:
        replays = Counter[str]()
        for dates, units in series:
            _replay(_spans(dates, units, every), replays)
        known = replays["known"]
        sys.stdout.write(
            f"a report every {every} h: {known} replays, {100 * replays['held'] / known:.1f} % in the range,"
            f" of {replays['many']} with {MANY} or more to be expected"
            f" {100 * replays['many held'] / replays['many']:.1f} %; {replays['over']} above the buffer\n"
        )


def _series() -> Iterator[tuple[Dates, Units]]:
    """Of each event, channel and pool: how many units were sold when."""
    for event in season.EVENTS:
        dates = Dates(event, ZONE, NOW)
        takes = {item.name: item.takes for item in event.items}
        units: dict[tuple[str, str], Units] = {}
        for sale in sales(event, dates, SEED):
            if sale.fate in KEPT:
                for pool, each in takes[sale.item].items():
                    units.setdefault((sale.channel, pool), []).append(
                        (sale.at, sale.quantity * each)
                    )
        for sold in units.values():
            yield dates, sold


def _spans(dates: Dates, units: Units, every: int) -> list[Span]:
    """What each report said, the oldest first: until sales end, or until now."""
    step = timedelta(hours=every)
    sold = Counter[int]()
    for at, number in units:
        sold[(at - dates.opens) // step] += number
    spans = []
    for place in range((dates.last_sale - dates.opens) // step):
        ended = dates.opens + (place + 1) * step
        spans.append(Span(sold[place], float(every), ended.hour + ended.minute / 60))
    return spans


def _replay(spans: Sequence[Span], replays: Counter[str]) -> None:
    first = next((place for place, span in enumerate(spans) if span.units), len(spans))
    for place in range(first + 1, len(spans)):
        past, after = spans[max(first, place - MAX_SPANS) : place][::-1], spans[place]
        seen = estimate(past, after.hours, after.ended_at_hour)
        units = buffer(past, after.hours, after.ended_at_hour)
        if seen is None or units is None:
            continue
        is_held, are_many = seen.low <= after.units <= seen.high, seen.mean >= MANY
        replays["known"] += 1
        replays["held"] += is_held
        replays["many"] += are_many
        replays["many held"] += is_held and are_many
        replays["over"] += after.units > units


if __name__ == "__main__":
    main()
