"""Asking for transfers and deciding them. Each opens its own transaction.

Lock order (docs/ledger.md): transfers by primary key, then stock rows inside the ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from allocations.enums import StockKind
from allocations.errors import RowRefusal, SamePoolError, StockRefusedError
from allocations.models import SalesChannel, Stock
from allocations.services import LARGEST_CAPACITY
from common.actor import SYSTEM, Actor
from common.clock import database_now
from common.errors import InvalidInputError, NotFoundError
from common.history import create_because
from events.enums import ENDED, EventStatus
from events.models import Event, Venue
from transfers.asking import Proposal, ask_and_execute
from transfers.bounds import BOUNDS, require_bounded
from transfers.enums import Origin, TransferStatus
from transfers.errors import AlreadyDecidedError, AskedTooMuchError, NoTransferError
from transfers.evidence import Beside, moved
from transfers.execution import execute
from transfers.judgment import constraint_of, judged_anew
from transfers.models import Transfer, TransferPolicy
from transfers.policy import is_protected, lapses_at, policy_of, require_decider
from transfers.recording import end, record, save
from transfers.selling import require_selling

# As long as the column of a transfer and of a movement.
MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """Units that somebody wants moved from one stock row of a pool to another, and why.

    ``up_to``: fewer will do, if there are fewer when it is carried out. ``despite_stop``: it is meant,
    although the target cannot sell what it gets.
    """

    source_id: int
    target_id: int
    units: int
    reason: str
    up_to: bool = False
    despite_stop: bool = False


@dataclass(frozen=True, slots=True)
class Partner:
    """A channel that asks by its program, and the person who issued the program's key."""

    channel: SalesChannel
    answerable_id: int | None = None


@dataclass(frozen=True, slots=True)
class BufferMove:
    """Units that come to a channel's row as its safety buffer, or go back of it to the stock that all share.

    The rows come with pool, channel, event and venue. ``numbers``: what made it, kept as evidence.
    """

    source: Stock
    target: Stock
    units: int
    reason: str
    numbers: Mapping[str, object]


def move_buffers(moves: Sequence[BufferMove], *, now: datetime) -> list[Transfer]:
    """Ask for them; what nobody has to approve is moved at once, as far as there are units.

    Needs a transaction. What the stock no longer allows is FAILED.
    """
    beside = Beside.of((row for move in moves for row in (move.source, move.target)), now)
    return ask_and_execute(
        [
            Proposal(
                source=move.source,
                target=move.target,
                units=move.units,
                up_to=True,
                reason=move.reason[:MAX_REASON],
                origin=Origin.BUFFER,
                evidence=moved(
                    move.source.event,
                    (move.source, move.target),
                    move.units,
                    now,
                    beside,
                    buffer=dict(move.numbers),
                ),
            )
            for move in moves
        ],
        now=now,
    )


def request(wish: Wish, *, by: Actor, now: datetime, partner: Partner | None = None) -> Transfer:
    """Ask for a transfer. It is executed at once where nobody has to approve it; else it waits.

    ``partner``: who asks, where it is no person of the venue. Raises ``InvalidInputError``,
    ``SamePoolError``, ``NoTransferError`` for an event that is over or a protected channel,
    ``CannotSellError`` for a target that cannot sell, unless that is meant, ``StockRefusedError`` with the
    numbers when the source has too few free or the target's ceiling is too low, and of a partner
    ``AskedTooMuchError``; then nothing is kept.
    """
    try:
        return judged_anew(lambda: _request(wish, by, now, partner))
    except IntegrityError as error:
        if (why := BOUNDS.get(constraint_of(error))) is None:
            raise
        raise AskedTooMuchError(why) from error


def _request(wish: Wish, by: Actor, now: datetime, partner: Partner | None) -> Transfer:
    source, target = rows_of(wish)
    event = Event.objects.select_related("venue").get(pk=source.event_id)
    policy = policy_of(event)
    require_possible(event, now)
    asking = partner.channel if partner else None
    require_unprotected(policy, source, asking)
    # What a partner asks for may first have to be found, and be sold again: that is for who approves it.
    if asking is None or target.channel_id != asking.pk:
        require_room(wish, source, target)
        if not wish.despite_stop:
            require_selling([target])
    if asking is not None:
        require_bounded(asking, source, target, wish.units, now)
    beside = Beside.of((source, target), now)
    transfer = Transfer.objects.create(
        event=event,
        pool_id=source.pool_id or 0,
        source=source,
        target=target,
        units=wish.units,
        up_to=wish.up_to,
        despite_stop=wish.despite_stop,
        origin=Origin.PARTNER if partner else Origin.PERSON,
        reason=wish.reason.strip(),
        requested_at=now,
        requested_by_id=by.user_id,
        api_key_id=by.api_key_id,
        answerable_id=partner.answerable_id if partner else None,
        asking_channel=asking,
        lapses_at=lapses_at(policy, event, now),
        evidence=moved(event, (source, target), wish.units, now, beside),
    )
    transfer.refresh_from_db(fields=("needs", "four_eyes"))  # the database has judged it
    record([transfer], by=by, note=transfer.reason, at=now)
    if not transfer.needs:
        execute([transfer], by=by, now=now)
        if transfer.status == TransferStatus.FAILED:
            require_room(wish, *rows_of(wish))
            raise NoTransferError(transfer.failure)
    return transfer


def approve(
    ids: Sequence[int],
    *,
    by: User,
    note: str,
    internal_note: str = "",
    now: datetime,
    despite_stop: bool = False,
) -> list[Transfer]:
    """Approve waiting transfers and carry them out. Each is EXECUTED, or FAILED with the numbers.

    All are approved or none: raises ``AlreadyDecidedError`` naming those that do not wait any more,
    ``MayNotDecideError`` those that somebody else has to decide, ``CannotSellError`` one whose target
    cannot sell what it gets, unless ``despite_stop`` or its request says that it is meant, ``NotFoundError``.
    Partners read ``note``; ``internal_note`` the venue alone.
    """
    actor = Actor.person(by).noting(internal_note)
    return judged_anew(lambda: _approve(ids, by, actor, note, now, despite_stop=despite_stop))


def _approve(
    ids: Sequence[int], by: User, actor: Actor, note: str, now: datetime, *, despite_stop: bool
) -> list[Transfer]:
    transfers = _decide(ids, by=by, note=note, status=TransferStatus.APPROVED, now=now)
    for event in {transfer.event for transfer in transfers}:
        require_possible(event, now)
    if despite_stop:
        for transfer in transfers:
            transfer.despite_stop = True
    require_selling(transfer.target for transfer in transfers if not transfer.despite_stop)
    save(transfers, by=actor, note=note, at=now)
    execute(transfers, by=actor, reason=note, now=now)
    return transfers


def reject(
    ids: Sequence[int], *, by: User, note: str, internal_note: str = "", now: datetime
) -> list[Transfer]:
    """Reject waiting transfers, with why. Raises as ``approve``."""
    if not note.strip():
        raise InvalidInputError(
            "Say why it is rejected: the person who asked reads it.", field="reason"
        )
    with transaction.atomic():
        transfers = _decide(ids, by=by, note=note, status=TransferStatus.REJECTED, now=now)
        for transfer in transfers:
            end(transfer, TransferStatus.REJECTED, now)
        save(transfers, by=Actor.person(by).noting(internal_note), note=note, at=now)
    return transfers


def withdraw(transfer_id: int, *, by: Actor, note: str, now: datetime) -> Transfer:
    """Take a request back. Raises ``AlreadyDecidedError`` when it waits no more."""
    with transaction.atomic():
        transfer = _lock([transfer_id])[0]
        _require_waiting([transfer], now)
        end(transfer, TransferStatus.CANCELLED, now)
        save([transfer], by=by, note=note, at=now)
    return transfer


def lapse_due(now: datetime, maximum: int = 500) -> int:
    """End the requests that nobody has decided in time, or whose event is over; returns how many.

    Those that somebody is deciding at this moment are left to them.
    """
    waiting = Transfer.objects.filter(status=TransferStatus.REQUESTED)
    with transaction.atomic():
        due = (
            waiting.filter(lapses_at__lte=now) | waiting.filter(event__status__in=ENDED)
        ).order_by("pk")
        transfers = list(
            due.select_for_update(of=("self",), skip_locked=True).select_related(
                "source", "target"
            )[:maximum]
        )
        for transfer in transfers:
            end(transfer, TransferStatus.LAPSED, now)
        if transfers:
            save(transfers, by=SYSTEM, note="Nobody has decided it in time.", at=now)
    return len(transfers)


def rows_of(wish: Wish) -> tuple[Stock, Stock]:
    """The two rows, read now. Raises what is wrong with the wish itself."""
    if not 1 <= wish.units <= LARGEST_CAPACITY:
        raise InvalidInputError(
            f"Between 1 and {LARGEST_CAPACITY} units can be moved, not {wish.units}.",
            field="units",
        )
    if not wish.reason.strip():
        raise InvalidInputError("Say why: partners read it in their statement.", field="reason")
    if len(wish.reason.strip()) > MAX_REASON:
        raise InvalidInputError(
            f"A reason has at most {MAX_REASON} characters, not {len(wish.reason.strip())}.",
            field="reason",
        )
    rows = Stock.objects.select_related("pool", "channel", "event").in_bulk(
        [wish.source_id, wish.target_id]
    )
    source, target = rows.get(wish.source_id), rows.get(wish.target_id)
    kinds = (StockKind.CHANNEL, StockKind.OPEN)
    if source is None or source.kind not in kinds:
        raise NotFoundError(f"There is no stock row {wish.source_id} of a pool.", field="source")
    if target is None or target.kind not in kinds:
        raise NotFoundError(f"There is no stock row {wish.target_id} of a pool.", field="target")
    if source.pool_id != target.pool_id or source == target:
        raise SamePoolError("Units move between two rows of one pool.", field="target")
    return source, target


def require_possible(event: Event, now: datetime) -> None:
    """Raises ``NoTransferError`` of an event that is over."""
    if event.status in ENDED:
        status = str(EventStatus(event.status).label).lower()
        raise NoTransferError(f"{event} is {status}: nothing moves any more.")
    if event.sales_close <= now:
        raise NoTransferError(f"The sales of {event} are over: nothing moves any more.")


def require_unprotected(
    policy: TransferPolicy, source: Stock, partner: SalesChannel | None = None
) -> None:
    """Raises ``NoTransferError`` where nobody but its own partner may take units of the source."""
    if is_protected(policy, source, partner.pk if partner else None):
        raise NoTransferError(
            f"{source.channel} is protected: only its partner may offer units of it.",
            field="source",
        )


def require_room(wish: Wish, source: Stock, target: Stock) -> None:
    """The numbers of the moment, without a lock: the ledger decides when it is carried out."""
    refused = []
    minimum = 1 if wish.up_to else wish.units
    if source.free < minimum:
        refused.append(RowRefusal(source.pk, "STOCK", wish.units, source.free))
    if target.ceiling is not None and target.ceiling - target.quantity < minimum:
        room = target.ceiling - target.quantity
        refused.append(RowRefusal(target.pk, "CEILING", wish.units, room))
    if refused:
        raise StockRefusedError(tuple(refused))


def _lock(ids: Sequence[int]) -> list[Transfer]:
    transfers = list(
        Transfer.objects.select_for_update(of=("self",))
        .filter(pk__in=set(ids))
        .select_related(
            "event__venue",
            "source__channel",
            "source__pool",
            "target__channel",
            "target__pool",
            "target__event",
        )
        .order_by("pk")
    )
    if len(transfers) != len(set(ids)):
        raise NotFoundError(
            f"{len(set(ids)) - len(transfers)} of the {len(set(ids))} transfers do not exist.",
            field="transfers",
        )
    return transfers


def _require_waiting(transfers: Sequence[Transfer], now: datetime) -> None:
    for transfer in transfers:
        if transfer.status != TransferStatus.REQUESTED:
            status = str(TransferStatus(transfer.status).label).lower()
            raise AlreadyDecidedError(f"{transfer} is {status} already.", status=transfer.status)
        if transfer.lapses_at <= now:
            raise AlreadyDecidedError(
                f"{transfer} has lapsed: nobody decided it in time.", status=TransferStatus.LAPSED
            )


def _decide(
    ids: Sequence[int], *, by: User, note: str, status: TransferStatus, now: datetime
) -> list[Transfer]:
    transfers = _lock(ids)
    # Several machines agree on the database's clock.
    _require_waiting(transfers, max(now, database_now()))
    require_decider(by, transfers)
    for transfer in transfers:
        transfer.status = status
        transfer.decided_at = now
        transfer.decided_by = by
        transfer.note = note.strip()[:300]
    return transfers


def begin_policies(venues: Sequence[Venue]) -> None:
    """Give new venues their policy, with its first history record. Part of what a venue begins with:
    see ``alerts.services.begin_venues``. Needs a transaction.
    """
    policies = [TransferPolicy(venue=venue) for venue in venues]
    create_because(policies, "Made with the venue", by=SYSTEM)
