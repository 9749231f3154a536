"""Units of a pool are taken out of sale, and put back. Each needs a transaction.

What is out of sale is quantity of a row of its own (KILLED): so it is no part of what can be sold, of no channel's
sell-through, and of the pool's capacity (ADR 22). Lock order: the event, what was taken out, then stock.
"""

from django.utils import timezone

from allocations import ledger
from allocations.approval import judged
from allocations.enums import DocumentKind, MovementKind, StockKind
from allocations.errors import KillError, StockRefusedError
from allocations.models import Kill, Stock
from allocations.services import general_row, lock_event
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.errors import InvalidInputError, NotFoundError
from common.text import number
from events.models import Pool


def killed_row(pool: Pool) -> Stock:
    """The row of what is out of sale, made empty if need be. The event is locked."""
    return Stock.objects.get_or_create(
        pool=pool, kind=StockKind.KILLED, defaults={"event_id": pool.event_id}
    )[0]


def take_out(*, source: Stock, units: int, by: Actor, reason: str) -> Kill:
    """Take free units of a channel's or an open row out of sale.

    Raises ``KillError`` with the numbers for more than are free, ``InvalidInputError`` for no units, no reason or
    another row, ``NeedsApprovalError`` and ``ProtectedError`` for what may not be taken just so.
    """
    reason = _required(reason)
    if source.pool is None or source.kind not in {StockKind.CHANNEL, StockKind.OPEN}:
        raise InvalidInputError(
            "Units are taken from a channel's part or from open stock.", field="source"
        )
    if units < 1:
        raise InvalidInputError("At least 1 unit is taken out of sale.", field="units")
    lock_event(source.event_id)
    out = killed_row(source.pool)
    kill = Kill.objects.create(
        pool=source.pool,
        source=source,
        units=units,
        reason=reason,
        at=timezone.now(),
        user_id=by.user_id,
    )
    try:
        with judged():
            _post(MovementKind.KILL, kill, source, out, units, by=by, reason=reason)
    except StockRefusedError as refusal:
        free = max(refusal.tightest.room, 0)
        raise KillError(
            f"{source} has {number(free)} free {'unit' if free == 1 else 'units'}: {number(units)} cannot be taken"
            " out of sale.",
            field="units",
            asked=units,
            free=free,
        ) from refusal
    return kill


def put_back(
    kill_id: int,
    *,
    units: int,
    by: Actor,
    reason: str,
    to_open: bool = False,
    as_shown: AsShown = nothing_shown,
) -> Kill:
    """Put units on sale again: to the row that they were taken from, or with ``to_open`` to the open stock.

    Raises ``KillError`` with the numbers for more than are out, ``StockRefusedError`` where the channel's ceiling
    leaves no room, ``InvalidInputError`` without a reason, ``NotFoundError``, and what ``as_shown`` raises of ``left``.
    """
    reason = _required(reason)
    kill = Kill.objects.select_related("pool", "source").filter(pk=kill_id).first()
    if kill is None:
        raise NotFoundError("There is nothing out of sale by this number.", field="id")
    lock_event(kill.pool.event_id)
    kill = (
        Kill.objects.select_for_update(of=("self",))
        .select_related("pool", "source")
        .get(pk=kill_id)
    )
    as_shown({"left": kill.left})
    if not 1 <= units <= kill.left:
        raise KillError(
            f"{number(kill.left)} {'unit is' if kill.left == 1 else 'units are'} still out of sale:"
            f" {number(units)} cannot be put back.",
            field="units",
            asked=units,
            left=kill.left,
        )
    kill.put_back += units
    kill.save(update_fields=("put_back",))
    target = general_row(kill.pool) if to_open else kill.source
    out = killed_row(kill.pool)
    _post(MovementKind.PUT_BACK, kill, out, target, units, by=by, reason=reason)
    return kill


def _required(reason: str) -> str:
    reason = reason.strip()[:300]
    if not reason:
        raise InvalidInputError("Say why.", field="reason")
    return reason


def _post(
    kind: MovementKind,
    kill: Kill,
    source: Stock,
    target: Stock,
    units: int,
    *,
    by: Actor,
    reason: str,
) -> None:
    entries = (ledger.Entry(source.pk, quantity=-units), ledger.Entry(target.pk, quantity=units))
    group = ledger.Group(kind, entries, document_kind=DocumentKind.KILL, document_id=kill.pk)
    ledger.post_one(group, by=by, reason=reason)
