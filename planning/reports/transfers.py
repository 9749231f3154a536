"""Transfers that were asked for, from where to where, and what became of each."""

from datetime import date

from django.utils.translation import gettext as _

from planning.reports.buckets import PATTERNS, picture_by_day
from planning.reports.names import event_name
from planning.reports.scope import Scope
from planning.reports.table import Band, Column, Row, Shown, Table
from transfers.enums import Origin, TransferStatus

MAX_ROWS = 100_000

_TRANSFERS = """
SELECT t.requested_at AT TIME ZONE e.zone, e.name, e.starts_at, e.zone, p.name,
       coalesce(sc.name, s.name), coalesce(tc.name, g.name), t.units, coalesce(t.moved, 0), t.status, t.origin, t.reason
  FROM transfers_transfer t
  JOIN events e ON e.id = t.event_id
  JOIN events_pool p ON p.id = t.pool_id
  JOIN allocations_stock s ON s.id = t.source_id LEFT JOIN allocations_saleschannel sc ON sc.id = s.channel_id
  JOIN allocations_stock g ON g.id = t.target_id LEFT JOIN allocations_saleschannel tc ON tc.id = g.channel_id
 WHERE t.requested_at >= %(start)s AND t.requested_at < %(end)s
   AND (t.requested_at AT TIME ZONE e.zone)::date BETWEEN %(first)s AND %(last)s
   AND (%(channel)s::bigint IS NULL OR s.channel_id = %(channel)s OR g.channel_id = %(channel)s)
 ORDER BY t.requested_at DESC, t.id DESC
"""
_DONE, _WAITING = {TransferStatus.EXECUTED}, {TransferStatus.REQUESTED, TransferStatus.APPROVED}


def build(scope: Scope, by: str) -> Table:
    del by
    open_stock = _("Open stock")
    counts: dict[tuple[date, int], int] = {}
    rows: list[Row] = []
    for (
        at,
        name,
        starts_at,
        zone,
        pool,
        source,
        target,
        units,
        moved,
        status,
        origin,
        reason,
    ) in scope.read(_TRANSFERS):
        state = TransferStatus(status)
        key = at.date(), 0 if state in _DONE else 1 if state in _WAITING else 2
        counts[key] = counts.get(key, 0) + (moved if state in _DONE else units)
        rows.append(
            (
                at,
                event_name(name, starts_at, zone),
                pool,
                source or open_stock,
                target or open_stock,
                units,
                moved,
                str(state.label),
                str(Origin(origin).label),
                reason,
            )
        )
    bands = (
        Band(PATTERNS[0], _("Moved")),
        Band(PATTERNS[2], _("Waiting")),
        Band(PATTERNS[4], _("Not moved")),
    )
    sums = [sum(int(str(row[place])) for row in rows) for place in (5, 6)]
    return Table(
        columns=(
            Column(_("Asked for"), Shown.MOMENT),
            Column(_("Event")),
            Column(_("Pool")),
            Column(_("From")),
            Column(_("To")),
            Column(_("Units"), Shown.NUMBER),
            Column(_("Moved"), Shown.NUMBER),
            Column(_("Status")),
            Column(_("Asked by")),
            Column(_("Reason")),
        ),
        rows=rows,
        totals=[(_("All"), "", "", "", "", *sums, "", "", "")] if rows else [],
        picture=picture_by_day(scope.first, scope.last, bands, counts),
    )
