"""Leases: a block of tickets for one terminal that sells without asking us: of a channel that is offline at times, or of a counter.

The terminal sells from it without asking us, and reports its sales at its next sync (``offline.sync``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from django.core.exceptions import ValidationError
from typing_extensions import TypedDict

from allocations.enums import may_lease
from allocations.setup import ChannelSetup
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.clock import utc
from common.errors import InvalidInputError
from common.json_types import Amount, Currency, JsonSchema, Moment, OneOf, RowId, Uuid
from common.names import clean_name
from common.spoken_number import spoken
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt
from offline.errors import AlwaysConnectedError
from sales import blocks, booking_sql, rules
from sales.enums import BlockKind, BlockStatus
from sales.models import Block, BlockLine
from sales.orders import OrderLine
from sales.retry import Room
from sales.sellers import require_seller
from sales.turned_away.services import counted, demand_of

LONGEST_NAME = 100


class LeaseLineJson(TypedDict):
    """So many tickets of one item."""

    line: int
    item: RowId
    quantity: int
    sold: int
    """How many of them were reported as sold."""
    left: int
    """How many are still set aside."""
    unit_price: Amount
    """What it cost when the lease was taken: it holds for whatever is sold from the lease."""


class LeaseJson(TypedDict):
    """Tickets set aside for one terminal."""

    id: Uuid
    number: Annotated[str, JsonSchema(example="7KQM-3X9F")]
    """To read out: what the venue's pages show."""
    event: RowId
    channel: RowId
    terminal: str
    status: Annotated[str, OneOf(BlockStatus.values)]
    currency: Currency
    utc_created_at: Moment
    utc_expires_at: Moment
    """The terminal sells until then."""
    utc_hands_back_at: Moment
    """Sales that are reported until then have their tickets for sure; then the rest goes back."""
    utc_ended_at: Moment | None
    end_reason: str
    lines: list[LeaseLineJson]


@dataclass(frozen=True, slots=True)
class LeaseOrder:
    """A lease to be taken: so many of some items, for so many seconds, by default as long as may be."""

    event_id: int
    channel_id: int
    terminal: str
    lines: Sequence[OrderLine]
    expires_in_seconds: int | None = None


def take(order: LeaseOrder, *, by: Actor, repeat: Repeat | None = None) -> Answer:
    """Set tickets aside for a terminal, by the rules of a sale and within the same stock and limits.

    Raises ``AlwaysConnectedError``, ``InvalidInputError`` for an item named twice, a longer time than the
    channel's longest lease or no terminal, what ``sales.rules`` refuses, ``SoldOutError``, and the errors of
    ``idempotency.answers``.
    """

    def work() -> Answer:
        claim(repeat)
        require_seller(by, order.channel_id)
        scene = booking_sql.look(order.event_id)
        channel = rules.find_channel(scene.setup, order.channel_id)
        _require_leasing(channel)
        _require_each_once(order.lines)
        quotes = rules.quote_lines(scene.setup, channel, order.lines, scene.now)
        expires_at = scene.now + lease_time(channel, order.expires_in_seconds)
        block = Block(
            kind=BlockKind.LEASE,
            event_id=order.event_id,
            channel_id=order.channel_id,
            name=_terminal(order.terminal),
            currency=scene.setup.currency,
            created_at=scene.now,
            updated_at=scene.now,
            expires_at=expires_at,
            hands_back_at=expires_at + grace(channel),
            user_id=by.user_id,
            api_key_id=by.api_key_id,
        )
        lines = blocks.set_aside(block, quotes)
        answer = answer_with(201, block, lines)
        store(repeat, answer)
        tickets = [(line.item_id, line.quantity) for line in lines]
        at = blocks.hold(block, tickets, scene.setup, by=by)
        item_ids = [line.item_id for line in lines]
        rules.require_still_open(scene.setup, order.channel_id, item_ids, at)
        return answer

    with counted(demand_of(order.event_id, order.channel_id, order.lines), repeat):
        return attempt(work, after_refusal=Room(order.event_id))


def extend(
    block_id: int,
    *,
    by: Actor,
    seconds: int | None = None,
    as_shown: AsShown = nothing_shown,
    repeat: Repeat | None = None,
) -> Answer:
    """Let a lease end ``seconds`` from now, by default the channel's longest.

    One whose time is over can be extended as long as its rest has not been handed back. Raises
    ``InvalidStateError`` after that, ``NotOnSaleError`` when the event was cancelled, and what ``as_shown``
    raises of ``expires_at``.
    """

    def work() -> Answer:
        claim(repeat)
        block, lines, setup, now = blocks.open_block(block_id, BlockKind.LEASE)
        require_seller(by, block.channel_id)
        blocks.require_active(block, "extended")
        as_shown({"expires_at": block.expires_at})
        rules.require_not_cancelled(setup)
        channel = rules.find_channel(setup, block.channel_id)
        block.expires_at = now + lease_time(channel, seconds)
        block.hands_back_at = block.expires_at + grace(channel)
        block.updated_at = now
        block.save()
        answer = answer_with(200, block, lines)
        store(repeat, answer)
        return answer

    return attempt(work)


def hand_back(
    block_id: int,
    *,
    by: Actor,
    reason: str = "",
    as_shown: AsShown = nothing_shown,
    repeat: Repeat | None = None,
) -> Answer:
    """End a lease: what was not sold from it goes back to where it came from.

    Sales of it that are reported later are judged by what stock is there. Raises ``InvalidStateError`` when
    it has ended, and what ``as_shown`` raises of the tickets that each line has left.
    """

    def work() -> Answer:
        claim(repeat)
        block, lines, setup, now = blocks.open_block(block_id, BlockKind.LEASE)
        require_seller(by, block.channel_id)
        blocks.require_active(block, "handed back")
        as_shown({f"left_{line.number}": line.left for line in lines})
        back = blocks.end(block, lines, BlockStatus.RETURNED, reason=reason, now=now)
        answer = answer_with(200, block, lines)
        store(repeat, answer)
        blocks.post_back(block, setup, back, by=by, reason=reason)
        return answer

    return attempt(work)


def lease_time(channel: ChannelSetup, seconds: int | None) -> timedelta:
    """How long a lease lasts. Raises ``InvalidInputError`` beyond the channel's longest."""
    longest = channel.longest_lease_hours * 3600
    length = longest if seconds is None else seconds
    if not 1 <= length <= longest:
        raise InvalidInputError(
            f"A lease of this channel lasts 1 to {longest} seconds, not {length}.",
            field="expires_in_seconds",
            asked=length,
            longest=longest,
        )
    return timedelta(seconds=length)


def grace(channel: ChannelSetup) -> timedelta:
    """How long after a lease its rest stays set aside: a terminal may reach us late."""
    return timedelta(minutes=channel.lease_grace_minutes)


def _require_leasing(channel: ChannelSetup) -> None:
    if not may_lease(channel.kind, channel.connectivity):
        raise AlwaysConnectedError(
            f"{channel.name} asks at each sale and takes no lease. Set its connectivity to periodic or offline.",
            field="channel",
        )


def _require_each_once(lines: Sequence[OrderLine]) -> None:
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.item_id in seen:
            raise InvalidInputError(
                f"Item {line.item_id} is named twice; say the sum.", field=f"lines[{index}].item"
            )
        seen.add(line.item_id)


def _terminal(text: str) -> str:
    try:
        name = clean_name(text)
    except ValidationError as error:
        raise InvalidInputError(" ".join(error.messages), field="terminal") from error
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInputError(
            f"A terminal has a name of 1 to {LONGEST_NAME} characters.", field="terminal"
        )
    return name


def answer_with(status: int, block: Block, lines: Sequence[BlockLine]) -> Answer:
    return Answer(status, json.dumps(present(block, lines)))


def present(block: Block, lines: Sequence[BlockLine]) -> LeaseJson:
    """A lease as partners see it."""
    return {
        "id": str(block.uuid),
        "number": spoken(block.pk),
        "event": block.event_id,
        "channel": block.channel_id,
        "terminal": block.name,
        "status": block.status,
        "currency": block.currency,
        "utc_created_at": utc(block.created_at),
        "utc_expires_at": utc(block.expires_at),
        "utc_hands_back_at": utc(block.hands_back_at),
        "utc_ended_at": utc(block.ended_at),
        "end_reason": block.end_reason,
        "lines": [
            {
                "line": line.number,
                "item": line.item_id,
                "quantity": line.quantity,
                "sold": line.sold,
                "left": line.left,
                "unit_price": str(line.unit_price),
            }
            for line in lines
        ],
    }


def is_over(block: Block, now: datetime) -> bool:
    """Whether its terminal should have stopped to sell from it."""
    return block.status != BlockStatus.ACTIVE or block.expires_at <= now
