"""The one door to stock. Nothing else in the system writes a stock row (docs/ledger.md).

Call it last in a transaction: the rows stay locked until commit.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from allocations.enums import DocumentKind, MovementKind
from allocations.errors import RowRefusal, SetupChangedError, StockRefusedError
from allocations.live import announce
from allocations.models import Movement, Stock
from common.actor import Actor
from common.after_commit import after_commit


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to change on one stock row, in the row's own units.

    A channel's shortfall is drawn from its open row, and what it gives back returns there
    first, without being asked for: that is decided under the lock.
    """

    stock_id: int
    quantity: int = 0
    held: int = 0
    sold: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that are applied whole or refused whole, and the document they belong to.

    ``config_version`` is the set-up of ``event_id`` on which they were planned.
    """

    kind: MovementKind
    entries: Sequence[Entry]
    document_id: int | None = None
    document_kind: DocumentKind = DocumentKind.NONE
    event_id: int | None = None
    config_version: int | None = None

    def to_json(self) -> dict[str, object]:
        summed: dict[int, list[int]] = {}
        for entry in self.entries:
            row = summed.setdefault(entry.stock_id, [entry.stock_id, 0, 0, 0])
            row[1] += entry.quantity
            row[2] += entry.held
            row[3] += entry.sold
        return {
            "kind": self.kind,
            "event": self.event_id,
            "config": self.config_version,
            "document_kind": self.document_kind,
            "document": self.document_id,
            # A row whose changes cancel out has not changed, and gets no movement.
            "entries": [
                summed[stock_id] for stock_id in sorted(summed) if any(summed[stock_id][1:])
            ],
        }


class Balance(NamedTuple):
    """A stock row's absolute numbers after the change: order and repeats do not matter."""

    stock_id: int
    event_id: int
    version: int
    quantity: int
    held: int
    sold: int
    drawn: int


Verdict = StockRefusedError | SetupChangedError | None


@dataclass(frozen=True, slots=True)
class Posting:
    """What became of each group (``None``: done), and the rows that have changed."""

    verdicts: list[Verdict]
    balances: list[Balance] = field(default_factory=list)


def post(groups: Sequence[Group], *, by: Actor, reason: str = "") -> Posting:
    """Apply each group whole or refuse it whole, in one round trip, and announce the result."""
    if not connection.in_atomic_block:
        message = "The ledger is called inside the transaction of the document that it serves."
        raise RuntimeError(message)
    cause = {"user": by.user_id, "key": by.api_key_id, "reason": reason[:300]}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT allocations_post(%s::jsonb, %s::jsonb)",
            [json.dumps([group.to_json() for group in groups]), json.dumps(cause)],
        )
        answer = json.loads(cursor.fetchone()[0])
    balances = [Balance(*row) for row in answer["balances"]]
    if balances:
        after_commit(lambda: announce(balances))
    return Posting([_verdict(found) for found in answer["verdicts"]], balances)


def post_one(group: Group, *, by: Actor, reason: str = "") -> Posting:
    """Apply one group. Raises ``StockRefusedError`` or ``SetupChangedError`` if it was refused."""
    posting = post([group], by=by, reason=reason)
    if (refusal := posting.verdicts[0]) is not None:
        raise refusal
    return posting


def _verdict(found: object) -> Verdict:
    if found is None:
        return None
    if not isinstance(found, list):
        return SetupChangedError()
    return StockRefusedError(
        tuple(RowRefusal(row["stock"], row["why"], row["asked"], row["room"]) for row in found)
    )


def lock(stock_ids: Iterable[int]) -> list[Stock]:
    """Lock rows in the ledger's order and return their present values."""
    rows = Stock.objects.select_for_update().filter(pk__in=list(stock_ids)).order_by("pk")
    return list(rows)


def require_ceiling(row: Stock, ceiling: int | None) -> None:
    """Raises ``StockRefusedError`` when the row has outgrown ``ceiling`` already."""
    if ceiling is not None and row.quantity > ceiling:
        raise StockRefusedError((RowRefusal(row.pk, "CEILING", row.quantity, ceiling),))


def set_terms(
    stock_id: int,
    *,
    draws_on_id: int | None,
    draws_from: datetime | None,
    draws_until: datetime | None,
    ceiling: int | None,
    by: Actor,
    reason: str = "",
) -> Balance:
    """Change where, when and how far a channel's row may draw.

    With another open row, what was drawn from the old one becomes the channel's allocation.
    Raises ``StockRefusedError`` when the row has outgrown ``ceiling`` already.
    """
    # The open row too: the foreign key would lock it anyway, but out of order.
    locked = lock([stock_id] if draws_on_id is None else [stock_id, draws_on_id])
    row = next(found for found in locked if found.pk == stock_id)
    require_ceiling(row, ceiling)
    kept = row.drawn if draws_on_id != row.draws_on_id else 0
    Stock.objects.filter(pk=stock_id).update(
        draws_on_id=draws_on_id,
        draws_from=draws_from,
        draws_until=draws_until,
        ceiling=ceiling,
        drawn=row.drawn - kept,
        version=row.version + 1,
    )
    numbers = {
        "quantity": row.quantity,
        "held": row.held,
        "sold": row.sold,
        "drawn": row.drawn - kept,
    }
    Movement.objects.create(
        stock_id=stock_id,
        version=row.version + 1,
        kind=MovementKind.TERMS,
        delta_quantity=0,
        delta_held=0,
        delta_sold=0,
        delta_drawn=-kept,
        **numbers,
        user_id=by.user_id,
        api_key_id=by.api_key_id,
        reason=reason[:300],
    )
    balance = Balance(stock_id, row.event_id, row.version + 1, **numbers)
    after_commit(lambda: announce([balance]))
    return balance
