"""The pace of an event: tickets sold by so many days before its start, beside comparable events at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from planning.reports.buckets import PATTERNS
from planning.reports.names import event_name
from planning.reports.scope import Scope
from planning.reports.table import Band, Column, Picture, Row, Shown, Step, Table
from sales.day_sums.selectors import SOLD

MOST_DAYS = 180
COMPARABLE = len(PATTERNS) - 1

# Of the venue's past events so many are looked at, those of the series first.
CANDIDATES = 200
# Of a similar size is what has half as many places up to twice as many.
SIMILAR = 2

# The event that was chosen, else the next one to start.
_EVENT = """
SELECT id, name, starts_at, zone, series_id, venue_id FROM events
 WHERE %(event)s::bigint IS NOT NULL OR (starts_at > %(now)s AND status IN ('ON_SALE', 'PAUSED'))
 ORDER BY starts_at, id LIMIT 1
"""
# Past events of the venue that have sold something: those of the same series, then those most like it, then the last ones.
_COMPARABLE = """, past AS (
    SELECT o.id, o.name, o.starts_at, v.time_zone AS zone,
           coalesce(o.series_id = %(of_series)s::bigint, false) AS is_series,
           extract(isodow FROM o.starts_at AT TIME ZONE v.time_zone)
               = extract(isodow FROM %(starts_at)s AT TIME ZONE v.time_zone) AS is_weekday
      FROM events_event o JOIN events_venue v ON v.id = o.venue_id
     WHERE o.venue_id = %(venue)s AND o.id <> %(compared)s
       AND o.starts_at < %(starts_at)s AND o.starts_at < %(now)s AND o.status NOT IN ('DRAFT', 'CANCELLED')
     ORDER BY 5 DESC, o.starts_at DESC, o.id DESC LIMIT %(candidates)s
), sized AS (
    SELECT event_id, sum(capacity) AS places FROM events_pool
     WHERE event_id IN (SELECT id FROM past) OR event_id = %(compared)s GROUP BY event_id
)
SELECT p.id, p.name, p.starts_at, p.zone, p.is_series, p.is_weekday, l.is_size
  FROM past p
  LEFT JOIN sized s ON s.event_id = p.id
  LEFT JOIN sized own ON own.event_id = %(compared)s
 CROSS JOIN LATERAL (SELECT coalesce(s.places BETWEEN own.places / %(similar)s AND own.places * %(similar)s, false) AS is_size) l
 WHERE EXISTS (SELECT FROM allocations_stock k WHERE k.event_id = p.id AND k.kind = 'CHANNEL' AND k.sold > 0
                  AND (%(channel)s::bigint IS NULL OR k.channel_id = %(channel)s))
 ORDER BY p.is_series DESC, p.is_weekday::int + 2 * l.is_size::int DESC, p.starts_at DESC, p.id DESC
 LIMIT %(most)s
"""
# So many tickets so many days before the start, on the calendar of the venue.
_SOLD = """
SELECT s.event_id, (o.starts_at AT TIME ZONE o.zone)::date - s.day, sum(s.tickets)::bigint
  FROM sold s JOIN events o ON o.id = s.event_id
 GROUP BY 1, 2
"""


@dataclass(slots=True)
class Curve:
    """Tickets of an event by days before its start."""

    event_id: int
    name: str
    starts_at: datetime
    zone: str
    why: str = ""
    sold: dict[int, int] = field(default_factory=dict)

    def until(self, days: range, now: datetime) -> list[int | None]:
        """Sold by the end of each day; nothing after today."""
        zone = ZoneInfo(self.zone)
        today = (self.starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days
        before = sum(tickets for day, tickets in self.sold.items() if day > days.start)
        sums = list(accumulate((self._on(day, days) for day in days), initial=before))[1:]
        return [total if day >= today else None for day, total in zip(days, sums, strict=True)]

    def _on(self, day: int, days: range) -> int:
        """What was sold on that day; after the last of them, with it."""
        if day > days.stop + 1:
            return self.sold.get(day, 0)
        return sum(tickets for other, tickets in self.sold.items() if other <= day)


def build(scope: Scope, by: str) -> Table:
    del by
    now = timezone.now()
    chosen = scope.read(_EVENT, now=now)
    if not chosen:
        return Table((), (), note=_("There is no event to come. Choose one."))
    event_id, name, starts_at, zone, series_id, venue_id = chosen[0]
    others = scope.read(
        _COMPARABLE,
        now=now,
        venue=venue_id,
        of_series=series_id,
        compared=event_id,
        starts_at=starts_at,
        candidates=CANDIDATES,
        similar=SIMILAR,
        most=COMPARABLE,
    )
    curves = [Curve(event_id, name, starts_at, zone)]
    curves += [
        Curve(event_id, name, starts_at, zone, _why(*reasons))
        for event_id, name, starts_at, zone, *reasons in others
    ]
    by_id = {curve.event_id: curve for curve in curves}
    for sold_event, day, tickets in scope.read_of(list(by_id), SOLD + _SOLD):
        by_id[sold_event].sold[day] = tickets
    most = max((day for curve in curves for day in curve.sold), default=0)
    days = range(min(max(most, 0), MOST_DAYS), -1, -1)
    return _table(curves, days, now)


def _why(is_series: bool, is_weekday: bool, is_size: bool) -> str:
    """Why an event is compared with."""
    reasons = [
        _("same series") if is_series else _("same venue"),
        _("same weekday") if is_weekday else "",
        _("similar size") if is_size else "",
    ]
    return ", ".join(reason for reason in reasons if reason)


def _table(curves: Sequence[Curve], days: range, now: datetime) -> Table:
    sums = [curve.until(days, now) for curve in curves]
    titles = [event_name(curve.name, curve.starts_at, curve.zone) for curve in curves]
    rows: list[Row] = []
    steps: list[Step] = []
    for index, day in enumerate(days):
        counts = tuple(column[index] for column in sums)
        others = [count for count in counts[1:] if count is not None]
        mean = round(sum(others) / len(others)) if others else None
        rows.append((day, counts[0], *([mean] if curves[1:] else []), *counts[1:]))
        title = ngettext("%d day before", "%d days before", day) % day
        steps.append(Step(title, str(day) if day % max(1, len(days) // 10) == 0 else "", counts))
    bands = tuple(Band(pattern, title) for pattern, title in zip(PATTERNS, titles, strict=False))
    return Table(
        columns=(
            Column(_("Days before start"), Shown.NUMBER),
            Column(titles[0], Shown.NUMBER),
            *([Column(_("Average of the others"), Shown.NUMBER)] if curves[1:] else []),
            *(Column(title, Shown.NUMBER) for title in titles[1:]),
        ),
        rows=rows[::-1],
        picture=Picture(bands, tuple(steps), has_curves=True),
        note=_note(titles, curves),
        about=titles[0],
    )


def _note(titles: Sequence[str], curves: Sequence[Curve]) -> str:
    lead = _("Tickets sold by the end of the day.")
    if not curves[1:]:
        return f"{lead} {_('No earlier event of the venue has sold anything: there is nothing to compare with.')}"
    names = [f"{title} ({curve.why})" for title, curve in zip(titles[1:], curves[1:], strict=True)]
    return f"{lead} {_('Beside it: %s.') % '; '.join(names)}"
