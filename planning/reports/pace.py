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

MOST_DAYS = 180
COMPARABLE = len(PATTERNS) - 1

# The event that was chosen, else the next one to start.
_EVENT = """
SELECT id, name, starts_at, zone, series_id, venue_id FROM events
 WHERE %(event)s::bigint IS NOT NULL OR (starts_at > %(now)s AND status IN ('ON_SALE', 'PAUSED'))
 ORDER BY starts_at, id LIMIT 1
"""
# Of the same series, else of the same venue: those that came last before it.
_COMPARABLE = """
SELECT o.id, o.name, o.starts_at, v.time_zone FROM events_event o JOIN events_venue v ON v.id = o.venue_id
 WHERE o.venue_id = %(venue)s AND (%(of_series)s::bigint IS NULL OR o.series_id = %(of_series)s)
   AND o.starts_at < %(starts_at)s AND o.starts_at < %(now)s AND o.status NOT IN ('DRAFT', 'CANCELLED')
 ORDER BY o.starts_at DESC, o.id DESC LIMIT %(most)s
"""
# So many tickets so many days before the start, on the calendar of the venue.
_SOLD = """
SELECT b.event_id, (o.starts_at AT TIME ZONE v.time_zone)::date - (b.confirmed_at AT TIME ZONE v.time_zone)::date,
       sum(l.quantity - l.refunded)::bigint
  FROM sales_booking b
  JOIN events_event o ON o.id = b.event_id JOIN events_venue v ON v.id = o.venue_id
  JOIN sales_bookingline l ON l.booking_id = b.id
 WHERE b.event_id = ANY (%(ids)s) AND b.status = 'CONFIRMED' AND (%(channel)s::bigint IS NULL OR b.channel_id = %(channel)s)
 GROUP BY 1, 2
"""


@dataclass(slots=True)
class Curve:
    """Tickets of an event by days before its start."""

    event_id: int
    name: str
    starts_at: datetime
    zone: str
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
        starts_at=starts_at,
        most=COMPARABLE,
    )
    curves = [Curve(event_id, name, starts_at, zone), *(Curve(*row) for row in others)]
    by_id = {curve.event_id: curve for curve in curves}
    for sold_event, day, tickets in scope.read(_SOLD, ids=list(by_id)):
        by_id[sold_event].sold[day] = tickets
    most = max((day for curve in curves for day in curve.sold), default=0)
    days = range(min(max(most, 0), MOST_DAYS), -1, -1)
    return _table(curves, days, now, of_series=series_id is not None)


def _table(curves: Sequence[Curve], days: range, now: datetime, *, of_series: bool) -> Table:
    sums = [curve.until(days, now) for curve in curves]
    titles = [event_name(curve.name, curve.starts_at, curve.zone) for curve in curves]
    rows: list[Row] = []
    steps: list[Step] = []
    for index, day in enumerate(days):
        counts = tuple(column[index] for column in sums)
        others = [count for count in counts[1:] if count is not None]
        mean = round(sum(others) / len(others)) if others else None
        rows.append((day, counts[0], mean, *counts[1:]))
        title = ngettext("%d day before", "%d days before", day) % day
        steps.append(Step(title, str(day) if day % max(1, len(days) // 10) == 0 else "", counts))
    bands = tuple(Band(pattern, title) for pattern, title in zip(PATTERNS, titles, strict=False))
    kin = _("of the same series") if of_series else _("of the same venue")
    return Table(
        columns=(
            Column(_("Days before start"), Shown.NUMBER),
            Column(titles[0], Shown.NUMBER),
            Column(_("Average of the others"), Shown.NUMBER),
            *(Column(title, Shown.NUMBER) for title in titles[1:]),
        ),
        rows=rows[::-1],
        picture=Picture(bands, tuple(steps), has_curves=True),
        note=_("Tickets sold by the end of the day, beside the %(count)d last events %(kin)s.")
        % {"count": len(curves) - 1, "kin": kin},
        about=titles[0],
    )
