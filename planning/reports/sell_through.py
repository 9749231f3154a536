"""Sell-through: how much of what is on sale of each pool, or of a channel's part, is sold."""

from decimal import Decimal

from django.utils.translation import gettext as _

from planning.reports.buckets import PATTERNS
from planning.reports.names import event_name
from planning.reports.scope import Scope
from planning.reports.table import Band, Column, Picture, Row, Shown, Step, Table

MAX_PICTURED = 24

# A pool's is what is sold of what is on sale; a channel's is of its own part, without what it has drawn.
_STOCK = """
SELECT e.id, e.name, e.starts_at, e.zone, p.name,
       CASE WHEN %(channel)s::bigint IS NULL THEN p.capacity ELSE coalesce(s.quantity, 0) END,
       coalesce(s.killed, 0), coalesce(s.sold, 0), coalesce(s.held, 0), coalesce(s.drawn, 0)
  FROM events e
  JOIN events_pool p ON p.event_id = e.id
  JOIN (SELECT pool_id, sum(quantity) FILTER (WHERE kind = 'CHANNEL') AS quantity,
               sum(quantity) FILTER (WHERE kind = 'KILLED') AS killed,
               sum(sold) AS sold, sum(held) AS held, sum(drawn) AS drawn
          FROM allocations_stock
         WHERE pool_id IN (SELECT o.id FROM events_pool o JOIN events e ON e.id = o.event_id
                            WHERE e.starts_at >= %(start)s AND e.starts_at < %(end)s)
           AND (%(channel)s::bigint IS NULL OR channel_id = %(channel)s)
         GROUP BY pool_id) s ON s.pool_id = p.id
 WHERE e.starts_at >= %(start)s AND e.starts_at < %(end)s
   AND (e.starts_at AT TIME ZONE e.zone)::date BETWEEN %(first)s AND %(last)s
 ORDER BY e.starts_at, e.id, p.position, p.id
"""


def build(scope: Scope, by: str) -> Table:
    del by
    is_channel = scope.channel_id is not None
    rows: list[Row] = []
    steps: list[Step] = []
    for _id, name, starts_at, zone, pool, units, killed, sold, held, drawn in scope.read(_STOCK):
        title = event_name(name, starts_at, zone)
        left = units - killed - sold - held
        base, part = (units - drawn, sold - drawn) if is_channel else (units - killed, sold)
        percent = (100 * Decimal(part) / base).quantize(Decimal("0.1")) if base > 0 else None
        rows.append((title, pool, units, killed, sold, held, left, percent))
        if len(steps) < MAX_PICTURED:
            steps.append(Step(f"{title}, {pool}", "", (int(sold), int(held), int(max(left, 0)))))
    bands = (
        Band(PATTERNS[0], _("Sold")),
        Band(PATTERNS[1], _("Held")),
        Band(PATTERNS[4], _("Left")),
    )
    return Table(
        columns=(
            Column(_("Event")),
            Column(_("Pool")),
            Column(_("Allocated") if is_channel else _("Capacity"), Shown.NUMBER),
            Column(_("Out of sale"), Shown.NUMBER),
            Column(_("Sold"), Shown.NUMBER),
            Column(_("Held"), Shown.NUMBER),
            Column(_("Left"), Shown.NUMBER),
            Column(_("Sell-through"), Shown.PERCENT),
        ),
        rows=rows,
        totals=_totals(rows),
        picture=Picture(bands, tuple(steps)),
        note=_("In units of pools. The picture has the first %d pools.") % MAX_PICTURED
        if len(rows) > MAX_PICTURED
        else _("In units of pools."),
    )


def _totals(rows: list[Row]) -> list[Row]:
    if not rows:
        return []
    sums = [sum(int(str(row[place])) for row in rows) for place in range(2, 7)]
    return [(_("All"), "", *sums, None)]
