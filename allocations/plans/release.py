"""Unsold allocation goes back to the open stock when its time has come.

What a channel still holds then, and what it has sold, counts as drawn from there on: when it ends
unsold, the ledger gives it back to the open row by itself. Leases are held, and stay; so does a safety buffer.

Of a channel that reports late nobody knows yet what it sold until that time. The most that it may have sold stays
with it, all of it where that cannot be estimated, and goes back when it has reported or the event is over.
So it is with stock that such channels share.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind, StockKind
from allocations.models import AllocationPlan, Stock
from allocations.plans.outcome import closed_terms
from allocations.plans.selectors import buffers_of, plan_in_force, stock_of
from allocations.services import lock_event
from allocations.unreported import Unreported, unreported_of
from common.actor import SYSTEM
from common.patience import wait_briefly
from events.models import Pool

# Pools a round; the next one is only seconds off.
MAX_POOLS = 500


# What waits for a report is due only where more than may have been sold is there, or where others draw on it still. The twin of
# ``_Unreported``; "kept" is nothing where all stays.
_DUE = """
WITH ending AS MATERIALIZED (
    SELECT id, pool_id, kind, quantity - held - sold AS free, releases_at
      FROM allocations_stock WHERE releases_at <= %(now)s
), waiting AS MATERIALIZED (
    SELECT e.id, s.id AS of_row, u.about IS NULL AS all_of_it, greatest(u.at_risk - own.units, b.units) AS kept
      FROM ending e
      JOIN allocations_stock s ON s.id = e.id OR e.kind = 'OPEN' AND s.draws_on_id = e.id
      JOIN allocations_unreportedsales u ON u.stock_id = s.id AND u.reported_at < e.releases_at
      -- Of its own row a channel keeps its safety buffer as well.
      LEFT JOIN allocations_safetybuffer b ON b.stock_id = s.id AND s.id = e.id
     CROSS JOIN LATERAL (SELECT CASE e.kind WHEN 'OPEN' THEN s.quantity - s.held - s.sold
                                     ELSE 0 END AS units) own
     WHERE u.about IS NULL OR u.at_risk > own.units
)
SELECT e.pool_id
  FROM ending e
 CROSS JOIN LATERAL (SELECT count(*) AS rows, bool_or(w.all_of_it) AS all_of_it, sum(w.kept) AS kept
                       FROM waiting w WHERE w.id = e.id) w
 WHERE w.rows = 0
    OR NOT w.all_of_it AND e.free > w.kept
    OR e.kind = 'OPEN' AND EXISTS (
           SELECT FROM allocations_stock s
            WHERE s.draws_on_id = e.id
              AND s.id NOT IN (SELECT w.of_row FROM waiting w WHERE w.id = e.id))
 ORDER BY e.releases_at, e.id
 LIMIT %(most)s
"""


def due(now: datetime) -> list[int]:
    """The pools of which some row's time has come, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "most": 10 * MAX_POOLS})
        pools = [pool for (pool,) in cursor.fetchall()]
    return list(dict.fromkeys(pools))[:MAX_POOLS]


def release_pool(pool_id: int, now: datetime) -> int:
    """Release what is due in a pool, in a transaction of its own; returns how many rows have changed.

    Whoever comes second finds nothing due and changes nothing. Raises ``OperationalError`` when its
    event or its stock is locked for longer than it waits (common/patience.py).
    """
    with transaction.atomic():
        wait_briefly()
        pool = Pool.objects.get(pk=pool_id)
        lock_event(pool.event_id)
        plan = plan_in_force(pool)
        stock = list(stock_of(pool))
        unreported = unreported_of(row.pk for row in stock)
        kept = _but(stock, _Unreported(_ending(stock, now), unreported))
        balances = ledger.arrange(
            [row.pk for row in stock],
            lambda rows: places(rows, now, unreported, buffers_of(pool.event_id)),
            kind=MovementKind.RELEASE_BACK,
            by=SYSTEM,
            reason=f"Unsold units go back to the open stock{_as_planned(plan)}.{kept}",
            document_kind=DocumentKind.PLAN if plan else DocumentKind.NONE,
            document_id=plan.pk if plan else None,
        )
    return len(balances)


def _as_planned(plan: AllocationPlan | None) -> str:
    return f", as version {plan.version} of the plan says" if plan else ""


@dataclass(frozen=True, slots=True)
class _Unreported:
    """What stays where it is of what is ``ending``, for channels that have not reported since."""

    ending: Mapping[int, datetime]
    unreported: Mapping[int, Unreported]

    def kept(self, row: Stock, of: int) -> int | None:
        """Units of the row ``of`` that this channel's row may have sold: of its own, or what it draws on.

        ``None``: all, since nobody can tell.
        """
        entry = self.unreported.get(row.pk)
        if of not in self.ending or entry is None or entry.reported_at >= self.ending[of]:
            return 0
        if entry.about is None:
            return None
        return entry.at_risk if of == row.pk else max(entry.at_risk - row.free, 0)

    def waits(self, row: Stock, of: int) -> bool:
        return self.kept(row, of) != 0


def _but(rows: Iterable[Stock], late: _Unreported) -> str:
    if not any(late.waits(row, of) for row in rows for of in (row.pk, row.draws_on_id or 0)):
        return ""
    return " What a channel may have sold and not reported yet stays with it until it reports."


def _ending(rows: Iterable[Stock], now: datetime) -> dict[int, datetime]:
    """Of the rows whose time of release has come, that time."""
    return {
        row.pk: row.releases_at
        for row in rows
        if row.releases_at is not None and row.releases_at <= now
    }


def places(
    rows: Sequence[Stock],
    now: datetime,
    unreported: Mapping[int, Unreported],
    buffers: Mapping[int, int],
) -> dict[int, ledger.Place]:
    """What becomes of a pool's rows when what is due goes back; empty if nothing is.

    ``buffers``: of a row, so many unsold units that stay as its safety buffer.
    """
    ending = _ending(rows, now)
    if not ending:
        return {}
    late = _Unreported(ending, unreported)
    general = next(row for row in rows if row.kind == StockKind.OPEN and not row.name)
    place_by_row: dict[int, ledger.Place] = {}
    gained: Counter[int] = Counter()
    channels = [row for row in rows if row.kind == StockKind.CHANNEL]
    for row in channels:
        place = _place(row, general.pk, late, buffers.get(row.pk, 0))
        place_by_row[row.pk] = place
        gained[place.terms.draws_on_id or general.pk] += row.quantity - place.quantity
    for row in (candidate for candidate in rows if candidate.kind == StockKind.OPEN):
        if not row.name:
            continue
        units = row.quantity + gained[row.pk]
        waiting = [late.kept(own, row.pk) for own in channels if own.draws_on_id == row.pk]
        if row.pk not in ending:
            place_by_row[row.pk] = ledger.Place(units, 0, ledger.Terms.of(row))
        elif any(kept != 0 for kept in waiting):
            kept = _sum(waiting, units)
            gained[general.pk] += units - kept
            place_by_row[row.pk] = ledger.Place(kept, 0, ledger.Terms.of(row))
        else:
            gained[general.pk] += units
            place_by_row[row.pk] = ledger.Place(0, 0, ledger.Terms())
    units = general.quantity + gained[general.pk]
    place_by_row[general.pk] = ledger.Place(units, 0, ledger.Terms())
    return place_by_row


def _sum(kept: Iterable[int | None], units: int) -> int:
    """Of so many units what stays: all, where of one nobody can tell."""
    return min(sum(units if part is None else part for part in kept), units)


def _place(row: Stock, general: int, late: _Unreported, buffer: int) -> ledger.Place:
    terms, ending = ledger.Terms.of(row), late.ending
    used, buffer = row.held + row.sold, min(buffer, row.free)
    group_ends = ending.get(row.draws_on_id or 0)
    if group_ends is not None and not late.waits(row, row.draws_on_id or 0):
        # The group's stock goes back, and what its channels have drawn of it with it.
        terms = closed_terms(terms, general, group_ends)
    if row.pk not in ending:
        return ledger.Place(row.quantity, row.drawn, terms)
    if late.waits(row, row.pk):
        kept = max(_sum([late.kept(row, row.pk)], row.free), buffer)
        return ledger.Place(used + kept, row.drawn, terms)
    if terms.draws_on_id is None:
        terms = closed_terms(terms, general, ending[row.pk])
    return ledger.Place(used + buffer, used, replace(terms, releases_at=None))
