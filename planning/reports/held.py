"""What is held now, and by whom: bookings on hold, leases, named holds, and units out of sale."""

from django.utils.translation import gettext as _

from planning.reports.buckets import PATTERNS
from planning.reports.names import event_name
from planning.reports.scope import Scope
from planning.reports.table import Band, Column, Picture, Row, Shown, Step, Table
from sales.enums import HoldCategory

MAX_PICTURED = 24
_HELD = """
SELECT e.id, e.name, e.starts_at, e.zone, h.kind, h.channel, h.who, h.category, h.what, h.tickets, h.ends AT TIME ZONE e.zone
  FROM events e
  JOIN (SELECT b.event_id, 0 AS kind, c.name AS channel, '' AS who, '' AS category, i.name AS what,
               sum(l.quantity) AS tickets, min(b.expires_at) AS ends, b.channel_id
          FROM sales_booking b JOIN sales_bookingline l ON l.booking_id = b.id
          JOIN events_item i ON i.id = l.item_id JOIN allocations_saleschannel c ON c.id = b.channel_id
         WHERE b.status = 'ON_HOLD' GROUP BY b.event_id, c.name, i.name, b.channel_id
         UNION ALL
        SELECT k.event_id, CASE k.kind WHEN 'LEASE' THEN 1 ELSE 2 END, c.name,
               CASE WHEN k.kind = 'LEASE' THEN k.name
                    ELSE k.name || ' – ' || coalesce(nullif(k.owner_name, ''), u.name, '') END,
               k.category, i.name, l.quantity - l.sold - l.handed_back, k.hands_back_at, k.channel_id
          FROM sales_block k JOIN sales_blockline l ON l.block_id = k.id
          JOIN events_item i ON i.id = l.item_id JOIN allocations_saleschannel c ON c.id = k.channel_id
          LEFT JOIN accounts_user u ON u.id = k.owner_id
         WHERE k.status = 'ACTIVE' AND l.quantity > l.sold + l.handed_back
         UNION ALL
        SELECT p.event_id, 3, coalesce(c.name, s.name), k.reason, '', p.name, k.units - k.put_back, NULL, s.channel_id
          FROM allocations_kill k JOIN events_pool p ON p.id = k.pool_id
          JOIN allocations_stock s ON s.id = k.source_id
          LEFT JOIN allocations_saleschannel c ON c.id = s.channel_id
         WHERE k.units > k.put_back) h ON h.event_id = e.id
 WHERE (%(channel)s::bigint IS NULL OR h.channel_id = %(channel)s)
 ORDER BY e.starts_at, e.id, h.kind, h.channel, h.who, h.what
"""


def build(scope: Scope, by: str) -> Table:
    del by
    kinds = (_("On hold"), _("Lease"), _("Named hold"), _("Out of sale"))
    rows: list[Row] = []
    totals = [0] * len(kinds)
    by_event: dict[int, tuple[str, list[int]]] = {}
    for (
        event_id,
        name,
        starts_at,
        zone,
        kind,
        channel,
        who,
        category,
        what,
        tickets,
        ends,
    ) in scope.read(_HELD):
        title = event_name(name, starts_at, zone)
        label = str(HoldCategory(category).label) if category else ""
        rows.append(
            (title, kinds[kind], channel or _("Open stock"), who, label, what, tickets, ends)
        )
        totals[kind] += int(tickets)
        by_event.setdefault(event_id, (title, [0] * len(kinds)))[1][kind] += int(tickets)
    steps = [Step(title, "", tuple(counts)) for title, counts in by_event.values()]
    bands = tuple(
        Band(PATTERNS[place], label) for place, label in zip((0, 1, 2, 4), kinds, strict=True)
    )
    return Table(
        columns=(
            Column(_("Event")),
            Column(_("Kind")),
            Column(_("Channel")),
            Column(_("Who, or why")),
            Column(_("For")),
            Column(_("Item or pool")),
            Column(_("Tickets or units"), Shown.NUMBER),
            Column(_("Until"), Shown.MOMENT),
        ),
        rows=rows,
        totals=[
            (_("All"), kind, "", "", "", "", total, None)
            for kind, total in zip(kinds, totals, strict=True)
            if total
        ],
        picture=Picture(bands, tuple(steps[:MAX_PICTURED])),
        note=_("As it is now. Of bookings on hold, the first that ends."),
    )
