"""Unsold allocation goes back to the open stock when its time has come.

What a channel still holds then, and what it has sold, counts as drawn from there on: when it ends
unsold, the ledger gives it back to the open row by itself. Leases are held, and stay.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind, StockKind
from allocations.models import AllocationPlan, Stock
from allocations.plans.outcome import closed_terms
from allocations.plans.selectors import plan_in_force, stock_of
from allocations.services import lock_event
from common.actor import SYSTEM
from common.patience import wait_briefly
from events.models import Pool

# Pools a round; the next one is only seconds off.
MAX_POOLS = 500


def due(now: datetime) -> list[int]:
    """The pools of which some row's time has come, the longest waiting first."""
    rows = Stock.objects.filter(releases_at__lte=now).order_by("releases_at", "pk")
    pools = rows.values_list("pool", flat=True)[: 10 * MAX_POOLS]
    return list(dict.fromkeys(filter(None, pools)))[:MAX_POOLS]


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
        balances = ledger.arrange(
            stock_of(pool).values_list("pk", flat=True),
            lambda rows: places(rows, now),
            kind=MovementKind.RELEASE_BACK,
            by=SYSTEM,
            reason=f"Unsold units go back to the open stock{_as_planned(plan)}.",
            document_kind=DocumentKind.PLAN if plan else DocumentKind.NONE,
            document_id=plan.pk if plan else None,
        )
    return len(balances)


def _as_planned(plan: AllocationPlan | None) -> str:
    return f", as version {plan.version} of the plan says" if plan else ""


def places(rows: Sequence[Stock], now: datetime) -> dict[int, ledger.Place]:
    """What becomes of a pool's rows when what is due goes back; empty if nothing is."""
    ending = {
        row.pk: row.releases_at
        for row in rows
        if row.releases_at is not None and row.releases_at <= now
    }
    if not ending:
        return {}
    general = next(row for row in rows if row.kind == StockKind.OPEN and not row.name)
    place_by_row: dict[int, ledger.Place] = {}
    gained: Counter[int] = Counter()
    for row in (candidate for candidate in rows if candidate.kind == StockKind.CHANNEL):
        place = _place(row, general.pk, ending)
        place_by_row[row.pk] = place
        gained[place.terms.draws_on_id or general.pk] += row.quantity - place.quantity
    for row in (
        candidate for candidate in rows if candidate.kind == StockKind.OPEN and candidate.name
    ):
        units = row.quantity + gained[row.pk]
        if row.pk in ending:
            gained[general.pk] += units
            place_by_row[row.pk] = ledger.Place(0, 0, ledger.Terms())
        else:
            place_by_row[row.pk] = ledger.Place(units, 0, ledger.Terms.of(row))
    units = general.quantity + gained[general.pk]
    place_by_row[general.pk] = ledger.Place(units, 0, ledger.Terms())
    return place_by_row


def _place(row: Stock, general: int, ending: Mapping[int, datetime]) -> ledger.Place:
    terms = ledger.Terms.of(row)
    used = row.held + row.sold
    if (group_ends := ending.get(row.draws_on_id or 0)) is not None:
        # The group's stock goes back, and what its channels have drawn of it with it.
        terms = closed_terms(terms, general, group_ends)
    if row.pk not in ending:
        return ledger.Place(row.quantity, row.drawn, terms)
    if terms.draws_on_id is None:
        terms = closed_terms(terms, general, ending[row.pk])
    return ledger.Place(used, used, replace(terms, releases_at=None))
