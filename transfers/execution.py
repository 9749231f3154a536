"""Carrying out transfers: one call of the ledger for all of them, each whole or FAILED.

Called with the transfers locked, inside the transaction of whoever decided.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import StockRefusedError
from allocations.models import Movement, Stock
from allocations.services import note_lent
from common.actor import SYSTEM, Actor
from transfers.enums import Origin, TransferStatus
from transfers.evidence import Beside, moved
from transfers.models import Transfer
from transfers.policy import is_protected, policies_of
from transfers.recording import end, save
from transfers.selling import standing_still

SEVERAL = "Several transfers at once; each says why."
PROTECTED = "Nothing is taken from this channel any more: it is protected."


def execute(
    transfers: Sequence[Transfer], *, by: Actor = SYSTEM, reason: str = "", now: datetime
) -> None:
    """Move what is asked. Each becomes EXECUTED, or FAILED with the numbers that stood in the way.

    ``up_to`` moves what there is, if it is less. Nothing else is clamped.
    """
    # Read before the ledger has locked anything.
    stock_ids = {pk for transfer in transfers for pk in (transfer.source_id, transfer.target_id)}
    beside = Beside.read((transfer.pool_id for transfer in transfers), stock_ids, now)
    refused = _protected(transfers) | _unsellable(transfers)
    allowed = [transfer for transfer in transfers if transfer.pk not in refused]
    units = {transfer.pk: transfer.units for transfer in allowed}
    verdicts = _post(allowed, units, by, reason)
    # The rows that said no are locked by us now: what they have left is theirs to give, unless
    # another of these transfers takes it first. Then there is less, and less again, and an end.
    while fewer := _fewer(allowed, verdicts):
        units |= fewer
        verdicts |= _post(
            [transfer for transfer in allowed if transfer.pk in fewer], fewer, by, reason
        )
    rows = Stock.objects.select_related("pool", "channel").in_bulk(stock_ids)
    lines = _lines(transfers)
    for transfer in transfers:
        refusal = verdicts.get(transfer.pk)
        if transfer.pk in refused or refusal is not None:
            said = _said(refusal, transfer.units, rows) if refusal else refused[transfer.pk]
            transfer.failure = said[:300]
            end(transfer, TransferStatus.FAILED, now)
        else:
            transfer.moved = units[transfer.pk]
            end(transfer, TransferStatus.EXECUTED, now)
        source, target = (
            _before(rows[pk], lines.get((transfer.pk, pk)))
            for pk in (transfer.source_id, transfer.target_id)
        )
        transfer.outcome = moved(transfer.event, (source, target), transfer.moved or 0, now, beside)
    save(transfers, by=by, note=reason, at=now)
    _note_buffers(transfers)


def _note_buffers(transfers: Sequence[Transfer]) -> None:
    """What has come to a channel as its safety buffer, and gone back of it, is not its own part."""
    lent: Counter[int] = Counter()
    for transfer in transfers:
        if transfer.origin == Origin.BUFFER and transfer.moved:
            lent[transfer.target_id] += transfer.moved
            lent[transfer.source_id] -= transfer.moved
    if lent:
        note_lent(lent)


def _protected(transfers: Sequence[Transfer]) -> dict[int, str]:
    """Those that would take from a channel which only its partner may take from."""
    policies = policies_of(transfer.event for transfer in transfers)
    return {
        transfer.pk: PROTECTED
        for transfer in transfers
        if is_protected(policies[transfer.event_id], transfer.source, transfer.asking_channel_id)
    }


def _unsellable(transfers: Sequence[Transfer]) -> dict[int, str]:
    """Those whose target cannot sell what it would get, and of which nobody has said that it is meant."""
    unmeant = [transfer for transfer in transfers if not transfer.despite_stop]
    why = standing_still(transfer.target for transfer in unmeant)
    return {
        transfer.pk: why[transfer.target_id] for transfer in unmeant if transfer.target_id in why
    }


def _post(
    transfers: Sequence[Transfer], units: dict[int, int], by: Actor, reason: str
) -> dict[int, StockRefusedError | None]:
    if not transfers:
        return {}
    groups = [
        ledger.Group(
            MovementKind.MOVE,
            (
                ledger.Entry(transfer.source_id, quantity=-units[transfer.pk]),
                ledger.Entry(transfer.target_id, quantity=units[transfer.pk]),
            ),
            document_kind=DocumentKind.TRANSFER,
            document_id=transfer.pk,
        )
        for transfer in transfers
    ]
    # One call has one reason; each line names its transfer, which has its own.
    said = reason or (transfers[0].reason if len(transfers) == 1 else SEVERAL)
    verdicts = ledger.post(groups, by=by, reason=said).verdicts
    refusals: dict[int, StockRefusedError | None] = {}
    for transfer, verdict in zip(transfers, verdicts, strict=True):
        # No set-up version was named, so none can be old.
        refusals[transfer.pk] = verdict if isinstance(verdict, StockRefusedError) else None
    return refusals


def _fewer(
    transfers: Sequence[Transfer], verdicts: Mapping[int, StockRefusedError | None]
) -> dict[int, int]:
    """What those that were refused can have, where fewer will do."""
    return {
        transfer.pk: room
        for transfer in transfers
        if transfer.up_to
        and (refusal := verdicts[transfer.pk])
        and (room := min(row.room for row in refusal.rows)) > 0
    }


def _said(refusal: StockRefusedError, units: int, rows: dict[int, Stock]) -> str:
    return " ".join(
        sentence(refused.why, units, refused.room, rows[refused.stock_id])
        for refused in refusal.rows
    )


def sentence(why: str, units: int, room: int, row: Stock) -> str:
    """Why a row says no, ``CEILING`` or ``STOCK``, with the numbers."""
    room = max(room, 0)
    if why == "CEILING":
        return f"{row} may get {room} more, not {units}: its ceiling is {row.ceiling}."
    return f"{row} has {room} free, not {units}: {row.sold} are sold, {row.held} held."


def _lines(transfers: Sequence[Transfer]) -> dict[tuple[int, int], Movement]:
    """(transfer, stock row) → the line that the ledger has just written."""
    movements = Movement.objects.filter(
        document_kind=DocumentKind.TRANSFER, document_id__in=[transfer.pk for transfer in transfers]
    )
    return {(line.document_id or 0, line.stock_id): line for line in movements}


def _before(row: Stock, line: Movement | None) -> Stock:
    """The row as it was when its own line was written: several transfers may share a row."""
    if line is None:
        return row
    before = copy(row)
    before.quantity = line.quantity - line.delta_quantity
    before.held, before.sold, before.drawn = line.held, line.sold, line.drawn
    return before
