"""Tickets set aside under a name: counted as held until they are sold, or handed back.

What is called here runs in the caller's transaction, with the block locked (docs/ledger.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from allocations import ledger
from allocations.enums import DocumentKind, MovementKind
from allocations.errors import StockRefusedError
from allocations.setup import EventSetup
from common.actor import SYSTEM, Actor
from common.errors import NotFoundError
from common.patience import unless_taken
from idempotency.errors import TryAgainError
from sales import booking_sql
from sales.booking_updates import sold_out
from sales.entries import Counted, entries_for
from sales.enums import BlockKind, BlockStatus, HoldStep
from sales.errors import InvalidStateError
from sales.models import Block, BlockLine, HoldChange
from sales.rules import Quote

BATCH = 100
# How refusals and movements call a block of each kind.
WORDS = {BlockKind.LEASE: "lease", BlockKind.NAMED: "named hold"}
_DOCUMENTS = {BlockKind.LEASE: DocumentKind.BLOCK, BlockKind.NAMED: DocumentKind.NAMED_HOLD}


def set_aside(block: Block, quotes: Sequence[Quote]) -> list[BlockLine]:
    """Store a block in the making with its lines, which the caller then has the ledger ``hold``."""
    block.save(force_insert=True)
    return write_lines(block, quotes)


def write_lines(block: Block, quotes: Sequence[Quote], *, first_number: int = 1) -> list[BlockLine]:
    return BlockLine.objects.bulk_create(
        BlockLine(
            block=block,
            number=number,
            item_id=quote.item_id,
            listing_id=quote.listing_id,
            quantity=quote.quantity,
            unit_price=quote.unit_price,
        )
        for number, quote in enumerate(quotes, start=first_number)
    )


def hold(
    block: Block,
    tickets: Sequence[tuple[int, int]],
    setup: EventSetup,
    *,
    by: Actor,
    reason: str = "",
) -> datetime:
    """Hold ``tickets``, (item, number), for a block, last in the transaction.

    Returns the moment at which the stock was locked: what time decides is decided by that. Raises
    ``SoldOutError`` with the numbers.
    """
    entries = entries_for(setup, block.channel_id, tickets, Counted.HELD)
    group = group_of(block, setup, MovementKind.SET_ASIDE, entries)
    try:
        return ledger.post_one(group, by=by, reason=reason).at
    except StockRefusedError as refusal:
        raise sold_out(setup, block.channel_id, tickets, refusal) from refusal


def rearrange(
    block: Block,
    back: Sequence[tuple[int, int]],
    more: Sequence[tuple[int, int]],
    setup: EventSetup,
    *,
    by: Actor,
    reason: str,
) -> datetime:
    """Give ``back``, with a minus, and hold ``more``, in one call: what goes back may be held as another item.

    Else as ``hold``.
    """
    steps = ((MovementKind.HAND_BACK, back), (MovementKind.SET_ASIDE, more))
    groups = [
        group_of(block, setup, kind, entries_for(setup, block.channel_id, tickets, Counted.HELD))
        for kind, tickets in steps
        if tickets
    ]
    posting = ledger.post(groups, by=by, reason=reason)
    for refusal in posting.verdicts:
        if isinstance(refusal, StockRefusedError):
            raise sold_out(setup, block.channel_id, more, refusal) from refusal
        if refusal is not None:
            raise refusal
    return posting.at


def open_block(
    block_id: int, kind: BlockKind
) -> tuple[Block, list[BlockLine], EventSetup, datetime]:
    """Lock a block of the kind, and only then read the clock that judges it. Raises ``NotFoundError``."""
    block = Block.objects.select_for_update(of=("self",)).filter(pk=block_id, kind=kind).first()
    if block is None:
        raise NotFoundError(f"There is no such {WORDS[kind]}.", field="id")
    scene = booking_sql.look(block.event_id)
    return block, list(block.lines.order_by("number")), scene.setup, scene.now


def require_active(block: Block, step: str) -> None:
    """Raises ``InvalidStateError`` for a block that has ended."""
    if block.status != BlockStatus.ACTIVE:
        state = str(BlockStatus(block.status).label).lower()
        raise InvalidStateError(
            f"The {WORDS[BlockKind(block.kind)]} is {state} and cannot be {step}.",
            lease_status=block.status,
        )


def end(
    block: Block,
    lines: Sequence[BlockLine],
    status: BlockStatus,
    *,
    reason: str,
    now: datetime,
) -> list[tuple[int, int]]:
    """End a block. What is left of it, (item, change in tickets), is the caller's to post by ``post_back``."""
    back = [(line.item_id, -line.left) for line in lines if line.left]
    for line in lines:
        line.handed_back += line.left
    BlockLine.objects.bulk_update(lines, ("handed_back",))
    block.status, block.ended_at, block.updated_at = status, now, now
    block.end_reason = reason[:300]
    block.save()
    return back


def post_back(
    block: Block, setup: EventSetup, back: Sequence[tuple[int, int]], *, by: Actor, reason: str
) -> None:
    """Give the tickets of a block that has ended back to its channel, last in the transaction."""
    if back:
        entries = entries_for(setup, block.channel_id, back, Counted.HELD)
        group = group_of(block, setup, MovementKind.HAND_BACK, entries)
        ledger.post_one(group, by=by, reason=reason)


def group_of(
    block: Block, setup: EventSetup, kind: MovementKind, entries: Sequence[ledger.Entry]
) -> ledger.Group:
    return ledger.Group(
        kind,
        entries,
        document_kind=_DOCUMENTS[BlockKind(block.kind)],
        document_id=block.pk,
        event_id=setup.id,
        config_version=setup.config_version,
        surroundings=setup.surroundings,
    )


def sell_from(
    block: Block, lines: Iterable[BlockLine], tickets: Mapping[int, int], *, now: datetime
) -> None:
    """Write down that so many tickets of each item were sold from the block; their units the caller posts."""
    changed = [line for line in lines if tickets.get(line.item_id)]
    if not changed:
        return
    for line in changed:
        line.sold += tickets[line.item_id]
    BlockLine.objects.bulk_update(changed, ("sold",))
    block.updated_at = now
    block.save(update_fields=("updated_at",))


def note_change(
    block: Block,
    step: HoldStep,
    changes: Sequence[Mapping[str, object]],
    *,
    by: Actor,
    reason: str,
    at: datetime,
) -> None:
    """Write down what was done to a named hold, by whom and why."""
    HoldChange.objects.create(
        block_id=block.pk,
        at=at,
        step=step,
        changes=list(changes),
        reason=reason[:300],
        user_id=by.user_id,
    )


def changes_of(
    tickets: Iterable[tuple[int, int]], lines: Iterable[BlockLine]
) -> list[dict[str, object]]:
    """``tickets``, (item, more or fewer), as the history of a hold keeps them; ``lines`` have what is left now."""
    left = {line.item_id: line.left for line in lines}
    return [
        {"what": "item", "item": item_id, "before": left[item_id] - more, "after": left[item_id]}
        for item_id, more in tickets
        if more
    ]


def hand_back_due(*, event_id: int | None = None) -> int:
    """End the blocks whose grace is over, or all of a cancelled event; returns how many.

    Each in a transaction of its own, which waits briefly: one that is stuck holds up no other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind FROM sales_block WHERE status = 'ACTIVE'"
            " AND CASE WHEN %(event)s::bigint IS NULL THEN hands_back_at <= clock_timestamp()"
            "     ELSE event_id = %(event)s END"
            " ORDER BY hands_back_at, id LIMIT %(batch)s",
            {"event": event_id, "batch": BATCH},
        )
        due = [(block_id, BlockKind(kind)) for block_id, kind in cursor.fetchall()]
    return sum(_hand_back_rest(block_id, kind, event_id) for block_id, kind in due)


def _hand_back_rest(block_id: int, kind: BlockKind, event_id: int | None) -> int:
    try:
        return unless_taken(lambda: _lapse(block_id, kind, event_id), 0)
    except TryAgainError:  # its set-up changes at this moment: the next round is soon
        return 0


def _lapse(block_id: int, kind: BlockKind, event_id: int | None) -> int:
    block, lines, setup, now = open_block(block_id, kind)
    if block.status != BlockStatus.ACTIVE or (event_id is None and block.hands_back_at > now):
        return 0
    reason = _lapsed(kind) if event_id is None else "event cancelled"
    back = end(block, lines, BlockStatus.LAPSED, reason=reason, now=now)
    if kind == BlockKind.NAMED:
        step = HoldStep.RELEASED if event_id is None else HoldStep.CANCELLED
        note_change(block, step, changes_of(back, lines), by=SYSTEM, reason="", at=now)
    post_back(block, setup, back, by=SYSTEM, reason=reason)
    return 1


def _lapsed(kind: BlockKind) -> str:
    return "lease lapsed" if kind == BlockKind.LEASE else "named hold released"
