"""A statement in words: for people of the venue with all names, for a partner without others'."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q
from django.utils.translation import gettext as _

from allocations.enums import DocumentKind, MovementKind, StockKind
from allocations.models import AllocationPlan, Movement, SalesChannel, Stock
from allocations.plans.selectors import plans_of
from events.models import Event, Pool
from transfers.models import Transfer
from transfers.partner_view import Partner, partner_of
from transfers.statement.account import Account, Change, Edges, LineKind, accounts_of

# Kinds that have another side. A plan's is all the rest of the pool.
TWO_SIDED = (MovementKind.MOVE, MovementKind.RELEASE_BACK)
MAX_NAMED = 3


class Reader(StrEnum):
    VENUE = "venue"
    PARTNER = "partner"


class Who(StrEnum):
    """Whose doing a line is, as a partner is told."""

    VENUE = "VENUE"
    YOU = "YOU"
    SYSTEM = "SYSTEM"
    SALES = "SALES"


@dataclass(frozen=True, slots=True)
class Line:
    """A change with its documents. ``person`` is empty for a partner, who is told ``who`` alone."""

    change: Change
    text: str
    who: Who
    person: str = ""
    reason: str = ""
    note: str = ""
    counterpart: str = ""
    transfer: Transfer | None = None
    plan: AllocationPlan | None = None


@dataclass(frozen=True, slots=True)
class PoolStatement:
    pool: Pool
    account: Account
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Of one channel and event, as of ``now``; the period is open where ``None`` stands."""

    event: Event
    channel: SalesChannel
    since: datetime | None
    until: datetime | None
    reader: Reader
    now: datetime
    pools: tuple[PoolStatement, ...]


@dataclass(frozen=True, slots=True)
class _Documents:
    transfers: Mapping[int, Transfer]
    plans: Mapping[int, AllocationPlan]
    partner: Partner | None  # who reads, if it is no one of the venue


def statement_of(
    event: Event,
    channel: SalesChannel,
    edges: Sequence[Edges],
    reader: Reader,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> Statement:
    """``event`` with its venue; ``edges`` of the same event, channel and period.

    Raises ``StatementError``. As many statements however much has happened.
    """
    accounts = accounts_of(edges, event.venue.zone)
    movements = [
        change.movement
        for account in accounts
        for change in account.changes
        if change.movement is not None
    ]
    own = Stock.objects.select_related("pool").in_bulk(
        [account.edges.stock_id for account in accounts]
    )
    pools = {row.pool_id or 0 for row in own.values()}
    documents = _Documents(
        transfers=_transfers(movements),
        plans=plans_of(movements),
        partner=partner_of(channel.pk, pools) if reader == Reader.PARTNER else None,
    )
    other_side = _other_sides(movements, own, pools, documents.partner)
    parts = []
    for account in accounts:
        pool = own[account.edges.stock_id].pool
        if pool is not None:
            lines = (_line(change, documents, other_side) for change in account.changes)
            parts.append(PoolStatement(pool, account, tuple(lines)))
    parts.sort(key=lambda part: (part.pool.position, part.pool.pk))
    return Statement(event, channel, since, until, reader, now, tuple(parts))


def _transfers(movements: Sequence[Movement]) -> dict[int, Transfer]:
    named = {
        movement.document_id
        for movement in movements
        if movement.document_kind == DocumentKind.TRANSFER
    }
    return Transfer.objects.select_related("source", "target").in_bulk(named) if named else {}


# --- Lines ----------------------------------------------------------------------------------------


def _line(change: Change, documents: _Documents, other_side: Callable[[Movement], str]) -> Line:
    movement, partner = change.movement, documents.partner
    if movement is None:
        return Line(change, text_of(change.kind), Who.SALES, counterpart=_("open stock"))
    reason, note, transfer, plan = movement.reason, "", None, None
    if movement.document_kind == DocumentKind.TRANSFER:
        transfer = documents.transfers[movement.document_id or 0]
        reason = partner.reason(transfer) if partner else transfer.reason
        note = partner.note(transfer) if partner else transfer.note
    elif movement.document_kind == DocumentKind.PLAN:
        plan = documents.plans.get(movement.document_id or 0)
    who = _who(movement)
    return Line(
        change,
        _("Transfer") if transfer else text_of(change.kind),
        who,
        person=_person(movement, who) if partner is None else "",
        reason=reason,
        note=note,
        counterpart=other_side(movement),
        transfer=transfer,
        plan=plan,
    )


def text_of(kind: LineKind) -> str:
    match kind:
        case LineKind.DRAWN:
            return _("Drawn from open stock by sales")
        case LineKind.GIVEN_BACK:
            return _("Given back to open stock by refunds and ended holds")
    return str(MovementKind(kind).label)


def _who(movement: Movement) -> Who:
    # A key belongs to one channel, and with it nobody touches another channel's stock.
    if movement.api_key_id is not None:
        return Who.YOU
    return Who.VENUE if movement.user_id is not None else Who.SYSTEM


def _person(movement: Movement, who: Who) -> str:
    match who:
        case Who.YOU:
            return _("API key %d") % (movement.api_key_id or 0)
        case Who.VENUE:
            return str(movement.user or _("a person"))
    return _("System")


# --- The other side -------------------------------------------------------------------------------


def _other_sides(
    movements: Sequence[Movement],
    own: Mapping[int, Stock],
    pools: set[int],
    partner: Partner | None,
) -> Callable[[Movement], str]:
    """A function that says where units went, or came from: the rows of the same act, the other way."""
    moves = [movement for movement in movements if movement.kind in TWO_SIDED]
    if not moves:
        return lambda _movement: ""
    in_pools = Q(pool__in=pools, kind__in=(StockKind.CHANNEL, StockKind.OPEN))
    rows = Stock.objects.filter(in_pools).select_related("pool", "channel").in_bulk()
    others: dict[tuple[object, ...], list[Movement]] = defaultdict(list)
    moments = {move.at for move in moves}
    others_rows = [pk for pk in rows if pk not in own]
    for other in Movement.objects.filter(stock__in=others_rows, kind__in=TWO_SIDED).order_by():
        if other.at in moments:  # asked of the database, it would read whole days of sales
            others[_act(other, rows)].append(other)

    def other_side(movement: Movement) -> str:
        if movement.kind not in TWO_SIDED:
            return ""
        sides = [
            rows[other.stock_id]
            for other in others[_act(movement, rows)]
            if other.delta_quantity * movement.delta_quantity < 0
        ]
        sides.sort(key=lambda row: row.pk)
        return _list([partner.names(row) if partner else _name(row) for row in sides])

    return other_side


def _act(movement: Movement, rows: Mapping[int, Stock]) -> tuple[object, ...]:
    """What movements of one act have in common: the ledger gives them one moment."""
    pool = rows[movement.stock_id].pool_id
    return pool, movement.kind, movement.document_kind, movement.document_id, movement.at


def _name(row: Stock) -> str:
    if row.channel is not None:
        return row.channel.name
    return _("“%s”") % row.name if row.name else _("open stock")


def _list(names: Sequence[str]) -> str:
    different = list(dict.fromkeys(names))
    rest = len(different) - MAX_NAMED
    if rest > 0:
        shown = ", ".join(different[:MAX_NAMED])
        return _("%(names)s and %(rest)d more") % {"names": shown, "rest": rest}
    return ", ".join(different)
