"""What a partner's program asks for, and what it is answered: stored with the change, and repeated."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.db.models import Q
from django.db.models.enums import TextChoices
from typing_extensions import TypedDict

from allocations.enums import StockKind
from allocations.models import SalesChannel, Stock
from allocations.services import general_row
from common.actor import Actor
from common.clock import utc
from common.errors import NotFoundError
from common.json_types import Moment, OneOf, RowId, Uuid
from events.models import Pool
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt
from transfers import services
from transfers.enums import Need, Origin, TransferStatus
from transfers.errors import AlreadyDecidedError, MayNotDecideError
from transfers.models import Transfer
from transfers.partner_view import Partner, partner_of
from transfers.services import Wish

RELATED = ("source__channel", "target__channel")
# What a simulation makes is never told.
STATUSES = [status for status in TransferStatus.values if status != TransferStatus.TRIAL]


class Direction(TextChoices):
    """Which way units go, as the channel sees it."""

    MORE = "MORE"
    BACK = "BACK"


class OwnSideJson(TypedDict):
    """Your own numbers before it moves, and your units after it."""

    quantity: int
    quantity_after: int
    held: int
    sold: int
    drawn: int
    free: int
    unreported_at_most: int | None
    """Of a channel that reports late, the most of them that it may have sold and not reported; null where nobody can tell."""


class TransferJson(TypedDict):
    """Units that move to a channel or from it, and what became of it."""

    id: Uuid
    event: RowId
    pool: RowId
    channel: RowId
    direction: Annotated[str, OneOf(Direction.values)]
    """`MORE`: to you. `BACK`: from you."""
    counterpart: str
    """Where they come from, or go; no other's name."""
    status: Annotated[str, OneOf(STATUSES)]
    units: int
    """As asked for."""
    up_to: bool
    moved: int | None
    """Null until it is executed."""
    asked_by: Annotated[str, OneOf(("YOU", "VENUE", "RULE", "DYNAMIC", "BUFFER"))]
    reason: str
    needs: list[Annotated[str, OneOf(Need.values)]]
    """Why it needs an approval; empty: it needs none."""
    note: str
    """What was said to a request of yours."""
    failure: str
    """Why it could not be carried out; else empty."""
    utc_requested_at: Moment
    utc_lapses_at: Moment
    """What nobody has decided by then lapses."""
    utc_decided_at: Moment | None
    utc_ended_at: Moment | None
    when_requested: OwnSideJson | None
    when_ended: OwnSideJson | None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a channel asks for in a pool of its own event."""

    event_id: int
    pool_id: int
    channel_id: int
    direction: Direction
    units: int
    reason: str
    up_to: bool = False
    # Who issued the key with which the channel's program asks.
    answerable_id: int | None = None
    # From which row of the pool a person wants ``MORE``; a partner's program does not choose.
    source_id: int | None = None


def ask(terms: Ask, *, by: Actor, repeat: Repeat | None, now: datetime) -> Answer:
    """More units, from the row that a person names, or else from where the channel draws or the open stock; or units back there.

    What comes to a partner waits for an approval, always; what goes back goes at once where the policy
    lets it. A person is never taken for the partner, whichever channel he or she names: such a request
    is the venue's own, and protected channels are protected from it. Raises as ``services.request``, ``NotFoundError`` for a pool in which the channel has no part,
    and the errors of ``idempotency.answers``.
    """

    def work() -> Transfer:
        channel = SalesChannel.objects.get(pk=terms.channel_id)
        own = Stock.objects.filter(
            event=terms.event_id, pool=terms.pool_id, channel=channel, kind=StockKind.CHANNEL
        ).first()
        if own is None:
            raise NotFoundError(f"There is no pool {terms.pool_id} for this channel.", field="pool")
        if terms.source_id is not None and by.user_id is not None:
            other = _row_of_pool(terms.source_id, terms.pool_id)
        else:
            other = own.draws_on_id or general_row(Pool(pk=terms.pool_id)).pk
        source, target = (other, own.pk) if terms.direction == Direction.MORE else (own.pk, other)
        wish = Wish(source, target, terms.units, terms.reason, terms.up_to)
        partner = services.Partner(channel, terms.answerable_id) if by.user_id is None else None
        return services.request(wish, by=by, now=now, partner=partner)

    return _answered(work, terms.channel_id, by, repeat, status=201)


def _row_of_pool(stock_id: int, pool_id: int) -> int:
    if not Stock.objects.filter(pk=stock_id, pool=pool_id).exists():
        raise NotFoundError(f"There is no stock row {stock_id} in this pool.", field="source")
    return stock_id


def take_back(
    transfer: Transfer,
    channel_id: int,
    *,
    by: Actor,
    note: str,
    repeat: Repeat | None,
    now: datetime,
    may_decide: bool = False,
) -> Answer:
    """Withdraw a request of the channel's own; a person his or her own, or any with ``may_decide``.

    Raises ``AlreadyDecidedError`` when it waits no more, ``MayNotDecideError`` for somebody else's.
    """

    def work() -> Transfer:
        if by.user_id is None and transfer.asking_channel_id != channel_id:
            raise AlreadyDecidedError("The venue has asked for it: it is not yours to withdraw.")
        if by.user_id is not None and transfer.requested_by_id != by.user_id and not may_decide:
            raise MayNotDecideError(
                "Somebody else has asked for it. Who may approve transfers can end it."
            )
        return services.withdraw(transfer.pk, by=by, note=note, now=now)

    return _answered(work, channel_id, by, repeat, status=200)


def _answered(
    work: Callable[[], Transfer], channel_id: int, by: Actor, repeat: Repeat | None, *, status: int
) -> Answer:
    def once() -> Answer:
        claim(repeat)
        made = Transfer.objects.select_related(*RELATED).get(pk=work().pk)
        reader = partner_of(channel_id, [made.pool_id], is_venue=by.user_id is not None)
        shown = present(made, reader)
        answer = Answer(status, json.dumps(shown))
        store(repeat, answer)
        return answer

    return attempt(once)


def seen_by(channel_id: int, *, by_venue: bool = False) -> Q:
    """The transfers that a channel is told of: what it asked for, and what has moved to or from it.

    What the venue only thinks about is its own business: its people see that too.
    """
    own = Stock.objects.filter(channel=channel_id, kind=StockKind.CHANNEL).values("pk")
    if by_venue:
        return Q(source__in=own) | Q(target__in=own)
    has_moved = Q(status=TransferStatus.EXECUTED) & (Q(source__in=own) | Q(target__in=own))
    return Q(asking_channel=channel_id) | has_moved


def present(transfer: Transfer, partner: Partner) -> TransferJson:
    """A transfer as partners see it. ``transfer`` with ``RELATED``."""
    return {
        "id": str(transfer.uuid),
        "event": transfer.event_id,
        "pool": transfer.pool_id,
        "channel": partner.channel_id,
        "direction": Direction.BACK if partner.is_source(transfer) else Direction.MORE,
        "counterpart": partner.counterpart(transfer),
        "status": transfer.status,
        "units": transfer.units,
        "up_to": transfer.up_to,
        "moved": transfer.moved,
        "asked_by": _asked_by(transfer, partner),
        "reason": partner.reason(transfer),
        # Of others' transfers they would tell which channels the venue watches.
        "needs": list(transfer.needs) if partner.asked(transfer) else [],
        "note": partner.note(transfer),
        "failure": partner.failure(transfer),
        "utc_requested_at": utc(transfer.requested_at),
        "utc_lapses_at": utc(transfer.lapses_at),
        "utc_decided_at": utc(transfer.decided_at),
        "utc_ended_at": utc(transfer.ended_at),
        "when_requested": _own(partner, transfer, transfer.evidence),
        "when_ended": _own(partner, transfer, transfer.outcome),
    }


def _asked_by(transfer: Transfer, partner: Partner) -> str:
    if transfer.asking_channel_id == partner.channel_id:
        return "YOU"
    return "VENUE" if transfer.origin == Origin.PERSON else transfer.origin


def _own(partner: Partner, transfer: Transfer, evidence: dict[str, Any]) -> OwnSideJson | None:
    """The channel's own numbers before, and its quantity after."""
    numbers = partner.numbers(transfer, evidence)
    if not numbers:
        return None
    return {
        "quantity": numbers["quantity"],
        "quantity_after": numbers["quantity_after"],
        "held": numbers["held"],
        "sold": numbers["sold"],
        "drawn": numbers["drawn"],
        "free": numbers["free"],
        "unreported_at_most": numbers.get("unreported", {}).get("high"),
    }
