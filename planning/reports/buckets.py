"""The days of a report as the columns of its picture: of many days, weeks or months."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.utils.formats import date_format

from allocations.enums import ChannelKind
from planning.reports.table import Band, Picture, Step

MAX_COLUMNS = 62
# The patterns that the pages know; the first of them are the kinds of channels.
PATTERNS = tuple(kind.value for kind in ChannelKind)
KINDS = tuple(Band(kind.value, str(kind.label)) for kind in ChannelKind)


def picture_by_day(
    first: date, last: date, bands: Sequence[Band], counts: Mapping[tuple[date, int], int]
) -> Picture:
    """``counts`` by day and place of the band."""
    starts = _starts(first, last)
    totals = {start: [0] * len(bands) for start in starts}
    places = iter(starts)
    start = next(places)
    after = next(places, None)
    for day, band in sorted(counts):
        while after is not None and day >= after:
            start, after = after, next(places, None)
        totals[start][band] += counts[day, band]
    every = max(1, len(starts) // 12)
    steps = [
        Step(
            _title(start, len(starts), first, last),
            date_format(start, "j M") if index % every == 0 else "",
            tuple(totals[start]),
        )
        for index, start in enumerate(starts)
    ]
    return Picture(tuple(bands), tuple(steps))


def _starts(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    step = 1 if days <= MAX_COLUMNS else 7
    if days <= MAX_COLUMNS * 7:
        return [first + timedelta(days=number) for number in range(0, days, step)]
    starts = [first]
    while True:
        start = starts[-1].replace(day=1)
        following = (start + timedelta(days=32)).replace(day=1)
        if following > last:
            return starts
        starts.append(following)


def _title(start: date, columns: int, first: date, last: date) -> str:
    if columns == (last - first).days + 1:
        return date_format(start, "D j M Y")
    return f"{date_format(start, 'j M Y')} …"
