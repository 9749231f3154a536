"""The one door to stock. Nothing else in the system writes a stock row (docs/ledger.md).

Call it last in a transaction: the rows stay locked until commit.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import NamedTuple, Self

from django.db import connection

from allocations.approval import judged
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

    ``config_version`` is the set-up of ``event_id`` on which they were planned; ``surroundings``
    too, where they rest on the channel's traits or on nothing being stopped.
    """

    kind: MovementKind
    entries: Sequence[Entry]
    document_id: int | None = None
    document_kind: DocumentKind = DocumentKind.NONE
    event_id: int | None = None
    config_version: int | None = None
    surroundings: str | None = None

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
            "around": self.surroundings,
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
    """What became of each group (``None``: done), when, and the rows that have changed.

    ``at`` is the database's clock once all rows were locked: waiting for them may have taken seconds.
    """

    verdicts: list[Verdict]
    at: datetime
    balances: list[Balance] = field(default_factory=list)


def post(
    groups: Sequence[Group], *, by: Actor, reason: str = "", patience_ms: int | None = None
) -> Posting:
    """Apply each group whole or refuse it whole, in one round trip, and announce the result.

    ``patience_ms``: how long it waits for its rows, where that is to be less than usual.
    """
    if not connection.in_atomic_block:
        message = "The ledger is called inside the transaction of the document that it serves."
        raise RuntimeError(message)
    cause: dict[str, object] = {
        "user": by.user_id,
        "key": by.api_key_id,
        "reason": reason[:300],
        "note": by.internal_note,
        "patience": patience_ms,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT allocations_post(%s::jsonb, %s::jsonb), clock_timestamp()",
            [json.dumps([group.to_json() for group in groups]), json.dumps(cause)],
        )
        body, at = cursor.fetchone()
    answer = json.loads(body)
    balances = [Balance(*row) for row in answer["balances"]]
    if balances:
        after_commit(lambda: announce(balances))
    return Posting([_verdict(verdict) for verdict in answer["verdicts"]], at, balances)


def post_one(group: Group, *, by: Actor, reason: str = "") -> Posting:
    """Apply one group. Raises ``StockRefusedError`` or ``SetupChangedError`` if it was refused."""
    posting = post([group], by=by, reason=reason)
    if (refusal := posting.verdicts[0]) is not None:
        raise refusal
    return posting


def _verdict(refusals: object) -> Verdict:
    if refusals is None:
        return None
    if not isinstance(refusals, list):
        return SetupChangedError()
    return StockRefusedError(
        tuple(RowRefusal(row["stock"], row["why"], row["asked"], row["room"]) for row in refusals)
    )


def lock(stock_ids: Iterable[int]) -> list[Stock]:
    """Lock rows in the ledger's order and return their present values."""
    rows = Stock.objects.select_for_update().filter(pk__in=list(stock_ids)).order_by("pk")
    return list(rows)


# In their order, and none is waited for: those that somebody else has are told by what is missing.
_LOCK_FREE = """
WITH needed AS (
    SELECT id, event_id, draws_on_id FROM allocations_stock WHERE id = ANY (%(ids)s)
), both_rows AS (
    SELECT id, event_id FROM needed UNION SELECT draws_on_id, event_id FROM needed
     WHERE draws_on_id IS NOT NULL
), locked AS MATERIALIZED (
    SELECT id FROM allocations_stock WHERE id IN (SELECT id FROM both_rows)
     ORDER BY id FOR UPDATE SKIP LOCKED
)
SELECT DISTINCT event_id FROM both_rows WHERE id NOT IN (SELECT id FROM locked)
"""


def lock_free(stock_ids: Iterable[int]) -> set[int]:
    """Lock those rows, and those that they draw on, that are free; the events that have others.

    For work on many events: one of them that is stuck holds up no other.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_FREE, {"ids": sorted(stock_ids)})
        return {event for (event,) in cursor.fetchall()}


def require_ceiling(row: Stock, ceiling: int | None) -> None:
    """Raises ``StockRefusedError`` when the row has outgrown ``ceiling`` already."""
    if ceiling is not None and row.quantity > ceiling:
        raise StockRefusedError((RowRefusal(row.pk, "CEILING", row.quantity, ceiling),))


@dataclass(frozen=True, slots=True)
class Terms:
    """Where, when and how far a channel's row may draw, and when its allocation ends."""

    draws_on_id: int | None = None
    draws_from: datetime | None = None
    draws_until: datetime | None = None
    ceiling: int | None = None
    releases_at: datetime | None = None

    @classmethod
    def of(cls, row: Stock) -> Self:
        return cls(*(getattr(row, name) for name in TERMS))

    def as_json(self) -> dict[str, int | str | None]:
        """As a movement keeps them."""
        values = {name: getattr(self, name) for name in TERMS}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }


TERMS = tuple(term.name for term in fields(Terms))


@dataclass(frozen=True, slots=True)
class Place:
    """What a row is to be: its quantity, how much of that counts as drawn, and its terms."""

    quantity: int
    drawn: int
    terms: Terms


def arrange(
    stock_ids: Iterable[int],
    decide: Callable[[Sequence[Stock]], Mapping[int, Place]],
    *,
    kind: MovementKind,
    by: Actor,
    reason: str = "",
    document_kind: DocumentKind = DocumentKind.NONE,
    document_id: int | None = None,
) -> list[Balance]:
    """Give rows of whole pools new places, decided from their locked values alone.

    ``stock_ids`` names all rows concerned, those that will be drawn on among them. What ``decide``
    raises goes through, and nothing is changed; so it does when it leaves a row as it is. Raises
    ``NeedsApprovalError`` and ``ProtectedError`` for what may not be taken from a channel just so.
    """
    rows = lock(stock_ids)
    places = decide(rows)
    changed: list[Stock] = []
    moves: list[Movement] = []
    for row in rows:
        place, terms = places.get(row.pk), Terms.of(row)
        if place is None or place == Place(row.quantity, row.drawn, terms):
            continue
        moves.append(
            Movement(
                stock=row,
                version=row.version + 1,
                kind=kind,
                delta_quantity=place.quantity - row.quantity,
                delta_held=0,
                delta_sold=0,
                delta_drawn=place.drawn - row.drawn,
                quantity=place.quantity,
                held=row.held,
                sold=row.sold,
                drawn=place.drawn,
                document_kind=document_kind,
                document_id=document_id,
                user_id=by.user_id,
                api_key_id=by.api_key_id,
                reason=reason[:300],
                internal_note=by.internal_note,
                terms=None
                if place.terms == terms
                else {"before": terms.as_json(), "after": place.terms.as_json()},
            )
        )
        row.quantity, row.drawn, row.version = place.quantity, place.drawn, row.version + 1
        for name in TERMS:
            setattr(row, name, getattr(place.terms, name))
        changed.append(row)
    with judged():
        # The lines first: what they take is judged by the terms that the rows have had so far.
        Movement.objects.bulk_create(moves)
        # One statement: what one row loses another gains, and the database adds up after each.
        Stock.objects.bulk_update(changed, ("quantity", "drawn", "version", *TERMS))
    balances = [
        Balance(row.pk, row.event_id, row.version, row.quantity, row.held, row.sold, row.drawn)
        for row in changed
    ]
    if balances:
        after_commit(lambda: announce(balances))
    return balances


def set_terms(terms_by_row: Mapping[int, Terms], *, by: Actor, reason: str = "") -> list[Balance]:
    """Change where, when and how far channels' rows may draw, by stock id.

    With another open row, what was drawn from the old one becomes the channel's allocation.
    Raises ``StockRefusedError`` when a row has outgrown its ceiling already.
    """

    def decide(rows: Sequence[Stock]) -> dict[int, Place]:
        pairs = [(row, terms_by_row[row.pk]) for row in rows if row.pk in terms_by_row]
        for row, terms in pairs:
            require_ceiling(row, terms.ceiling)
        return {
            row.pk: Place(
                row.quantity, row.drawn if terms.draws_on_id == row.draws_on_id else 0, terms
            )
            for row, terms in pairs
        }

    # The open rows too: the foreign key would lock them anyway, but out of order.
    drawn_on = {
        terms.draws_on_id for terms in terms_by_row.values() if terms.draws_on_id is not None
    }
    return arrange(
        {*terms_by_row, *drawn_on}, decide, kind=MovementKind.TERMS, by=by, reason=reason
    )
