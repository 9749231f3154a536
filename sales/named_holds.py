"""Named holds: tickets of a hidden channel, set aside for an artist, a promoter, a sponsor or the house.

What a hold has left counts as held until it is handed out, or until its end, when it goes back to the channel.
Each function opens its own transaction, and writes the history of the hold.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from allocations.enums import ChannelKind
from allocations.setup import EventSetup, Window
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.clock import utc
from common.errors import InvalidInputError
from common.names import clean_name
from common.text import moment
from events.enums import ENDED, EventStatus
from events.models import Event
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt
from sales import blocks, booking_sql, rules
from sales.enums import BlockKind, BlockStatus, HoldCategory, HoldStep
from sales.errors import NotOnSaleError
from sales.guests.lists import require_promised
from sales.keepers import require_breaker, require_keeper
from sales.models import Block, BlockLine
from sales.orders import OrderLine
from sales.retry import Room
from sales.rules import Quote
from sales.turned_away.services import Demand, counted, demand_of

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What a named hold is called, for whom it is, whose, and when its rest goes back.

    The owner is a person of the venue, or else a name.
    """

    name: str
    category: str
    hands_back_at: datetime
    owner_id: int | None = None
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """A named hold to be made."""

    event_id: int
    channel_id: int
    lines: Sequence[OrderLine]
    terms: HoldTerms


def make(order: HoldOrder, *, by: Actor, reason: str, repeat: Repeat | None = None) -> Answer:
    """Set tickets of a hidden channel aside under a name. The answer names the hold: ``{"id": …}``.

    Raises ``NotYourHoldError``, ``InvalidInputError`` for terms or lines that are no hold, what ``quote``
    refuses, ``SoldOutError`` with the numbers, and the errors of ``idempotency.answers``.
    """

    def work() -> Answer:
        claim(repeat)
        require_keeper(by, order.event_id)
        scene = booking_sql.look(order.event_id)
        quotes = quote(scene.setup, order.channel_id, order.lines, scene.now)
        terms = checked(order.terms, scene.setup, scene.now)
        block = Block(
            kind=BlockKind.NAMED,
            event_id=order.event_id,
            channel_id=order.channel_id,
            currency=scene.setup.currency,
            created_at=scene.now,
            updated_at=scene.now,
            user_id=by.user_id,
            api_key_id=by.api_key_id,
        )
        _write(block, terms)
        lines = blocks.set_aside(block, quotes)
        tickets = [(line.item_id, line.quantity) for line in lines]
        answer = Answer(201, json.dumps({"id": block.pk}))
        store(repeat, answer)
        changes = [*_differences({}, terms), *blocks.changes_of(tickets, lines)]
        blocks.note_change(block, HoldStep.MADE, changes, by=by, reason=reason, at=scene.now)
        at = blocks.hold(block, tickets, scene.setup, by=by, reason=reason)
        quote(scene.setup, order.channel_id, order.lines, at)
        return answer

    with counted(demand_of(order.event_id, order.channel_id, order.lines), repeat):
        return attempt(work, after_refusal=Room(order.event_id))


def change(
    block_id: int,
    *,
    terms: HoldTerms,
    tickets: Mapping[int, int],
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
) -> None:
    """Change a hold: its terms, and of each item in ``tickets`` how many are to be set aside from now on.

    More of an item are set aside by the rules of ``make``, at the price that the hold has; what is no longer
    needed goes back to the channel. Raises as ``make``, ``InvalidStateError`` when the hold has ended,
    what ``as_shown`` raises of ``hands_back_at`` and of the tickets that each item has left, and
    ``GuestListFullError`` where fewer would be left than guests are promised.
    """
    event_id = _event_of(block_id)
    demand = Demand()

    def work() -> Answer:
        block, lines, setup, now = blocks.open_block(block_id, BlockKind.NAMED)
        require_breaker(by, block)
        blocks.require_active(block, "changed")
        left = {line.item_id: line.left for line in lines}
        as_shown(
            {
                "hands_back_at": block.hands_back_at,
                **{f"item_{item_id}": left.get(item_id, 0) for item_id in {*left, *tickets}},
            }
        )
        differences = {
            item_id: count - left.get(item_id, 0)
            for item_id, count in tickets.items()
            if count != left.get(item_id, 0)
        }
        demand.fill(event_id, block.channel_id, list(differences.items()))
        _require_something_left(left, differences)
        more = [OrderLine(item_id, count) for item_id, count in differences.items() if count > 0]
        quotes = quote(setup, block.channel_id, more, now) if more else []
        before = terms_of(block)
        after = checked(terms, setup, now, kept_end=block.hands_back_at)
        _write(block, after)
        block.updated_at = now
        block.save()
        lines = _write_lines(block, lines, differences, quotes)
        require_promised(block.pk, {line.pk: line.left for line in lines})
        changes = [
            *_differences(_as_json(before), after),
            *blocks.changes_of(differences.items(), lines),
        ]
        if changes:
            blocks.note_change(block, HoldStep.CHANGED, changes, by=by, reason=reason, at=now)
        if differences:
            _post(block, setup, differences, more, by=by, reason=reason)
        return Answer(200, "{}")

    with counted(demand):
        attempt(work, after_refusal=Room(event_id))


def end_early(block_id: int, *, by: Actor, reason: str, as_shown: AsShown = nothing_shown) -> None:
    """End a hold: what it has left goes back to the channel.

    Raises ``InvalidInputError`` without a reason, ``InvalidStateError`` when it has ended, and what
    ``as_shown`` raises of the tickets that each item has left.
    """
    if not reason.strip():
        raise InvalidInputError("Say why the hold ends early.", field="reason")

    def work() -> Answer:
        block, lines, setup, now = blocks.open_block(block_id, BlockKind.NAMED)
        require_breaker(by, block)
        blocks.require_active(block, "ended")
        as_shown({f"item_{line.item_id}": line.left for line in lines})
        back = blocks.end(block, lines, BlockStatus.RETURNED, reason=reason, now=now)
        changes = blocks.changes_of(back, lines)
        blocks.note_change(block, HoldStep.ENDED, changes, by=by, reason=reason, at=now)
        blocks.post_back(block, setup, back, by=by, reason=reason)
        return Answer(200, "{}")

    attempt(work)


def quote(
    setup: EventSetup, channel_id: int, lines: Sequence[OrderLine], now: datetime
) -> list[Quote]:
    """Check what is to be set aside by the rules of a sale, at the first moment at which it could be sold.

    Tickets are set aside before the event is on sale, too: of a draft, and before a window opens. Stops, limits
    and what is over refuse. Raises ``InvalidInputError`` for a channel that is not hidden, or an item named
    twice, and the refusals of ``sales.rules``.
    """
    channel = rules.find_channel(setup, channel_id)
    if channel.kind != ChannelKind.HIDDEN:
        raise InvalidInputError(
            f"A named hold is of a hidden channel, and {channel.name} is none.", field="channel"
        )
    if setup.status in ENDED:
        raise NotOnSaleError(
            f"The event is {setup.status.label.lower()}.", field="event", event_status=setup.status
        )
    if not lines:
        raise InvalidInputError("Say how many tickets of which item are set aside.", field="lines")
    if len({line.item_id for line in lines}) < len(lines):
        raise InvalidInputError("An item is named twice; say the sum.", field="lines")
    on_sale = replace(setup, status=EventStatus.ON_SALE)
    return [
        rules.quote_lines(on_sale, channel, [line], _first_sold(setup, channel_id, line, now))[0]
        for line in lines
    ]


def _first_sold(setup: EventSetup, channel_id: int, line: OrderLine, now: datetime) -> datetime:
    """From when on the windows of the item are open; now, where they are or where they are over."""
    starts = [window.start for window in _windows(setup, channel_id, line.item_id) if window.start]
    return max([now, *starts])


def _windows(setup: EventSetup, channel_id: int, item_id: int) -> Iterator[Window]:
    yield setup.window
    listing = setup.listings.get((item_id, channel_id))
    if listing is not None:
        yield from rules.item_windows(setup, setup.items[item_id], listing)


def checked(
    terms: HoldTerms, setup: EventSetup, now: datetime, *, kept_end: datetime | None = None
) -> HoldTerms:
    """The terms with their names in the one form. Raises ``InvalidInputError`` for what is no hold.

    ``kept_end``: the end that the hold has; it may stay, also when it was a moment ago.
    """
    if terms.category not in HoldCategory.values:
        raise InvalidInputError("Say for whom the hold is.", field="category")
    if terms.hands_back_at <= now and terms.hands_back_at != kept_end:
        raise InvalidInputError(
            f"A hold ends later than now: {moment(terms.hands_back_at, setup.zone)} is past.",
            field="hands_back_at",
        )
    latest = max(end for end in (setup.day.end, setup.window.end, setup.starts_at) if end)
    if terms.hands_back_at > latest and terms.hands_back_at != kept_end:
        raise InvalidInputError(
            f"A hold ends when the event is over at the latest, {moment(latest, setup.zone)}.",
            field="hands_back_at",
        )
    if (terms.owner_id is None) == (not terms.owner_name.strip()):
        raise InvalidInputError(
            "A hold has one owner: a person of the venue, or a name.", field="owner"
        )
    if terms.owner_id is not None:
        _require_of_venue(terms.owner_id, setup.venue_id)
    return replace(
        terms,
        name=_clean(terms.name, "name"),
        owner_name=_clean(terms.owner_name, "owner_name") if terms.owner_name.strip() else "",
    )


def _require_of_venue(owner_id: int, venue_id: int) -> None:
    people = User.objects.filter(Q(venues=venue_id) | Q(is_superuser=True), is_active=True)
    if not people.filter(pk=owner_id).exists():
        raise InvalidInputError("The owner is no person of this venue.", field="owner")


def _clean(text: str, field: str) -> str:
    try:
        name = clean_name(text)
    except ValidationError as error:
        raise InvalidInputError(" ".join(error.messages), field=field) from error
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInputError(
            f"A hold's name and its owner's have 1 to {LONGEST_NAME} characters.", field=field
        )
    return name


def terms_of(block: Block) -> HoldTerms:
    return HoldTerms(
        block.name, block.category, block.hands_back_at, block.owner_id, block.owner_name
    )


def _as_json(terms: HoldTerms) -> dict[str, object]:
    """As the history of a hold keeps them."""
    return {
        "name": terms.name,
        "category": terms.category,
        "hands_back_at": utc(terms.hands_back_at),
        "owner": terms.owner_id,
        "owner_name": terms.owner_name,
    }


def _differences(before: Mapping[str, object], terms: HoldTerms) -> list[dict[str, object]]:
    return [
        {"what": what, "before": before.get(what), "after": after}
        for what, after in _as_json(terms).items()
        if (before.get(what) or None) != (after or None)
    ]


def _write(block: Block, terms: HoldTerms) -> None:
    block.name, block.category = terms.name, terms.category
    block.owner_id, block.owner_name = terms.owner_id, terms.owner_name
    block.expires_at = block.hands_back_at = terms.hands_back_at


def _require_something_left(left: Mapping[int, int], differences: Mapping[int, int]) -> None:
    after = dict(left)
    for item_id, count in differences.items():
        after[item_id] = after.get(item_id, 0) + count
    if any(count < 0 for count in after.values()):
        raise InvalidInputError("A hold has no fewer than 0 tickets.", field="lines")
    if differences and not any(after.values()):
        raise InvalidInputError("Nothing of the hold would be left: end it instead.", field="lines")


def _write_lines(
    block: Block,
    lines: list[BlockLine],
    differences: Mapping[int, int],
    quotes: Sequence[Quote],
) -> list[BlockLine]:
    """Write what is more and what goes back; all lines of the block as they are now."""
    by_item = {line.item_id: line for line in lines}
    for item_id, count in differences.items():
        line = by_item.get(item_id)
        if line is not None and count > 0:
            line.quantity += count
        elif line is not None:
            line.handed_back -= count
    BlockLine.objects.bulk_update(lines, ("quantity", "handed_back"))
    number = max((line.number for line in lines), default=0)
    added = [quote for quote in quotes if quote.item_id not in by_item]
    return [
        *lines,
        *blocks.write_lines(block, added, first_number=number + 1),
    ]


def _post(
    block: Block,
    setup: EventSetup,
    differences: Mapping[int, int],
    more: Sequence[OrderLine],
    *,
    by: Actor,
    reason: str,
) -> None:
    """What goes back first, so that it can be set aside as another item; last in the transaction."""
    back = [(item_id, count) for item_id, count in differences.items() if count < 0]
    tickets = [(line.item_id, line.quantity) for line in more]
    at = blocks.rearrange(block, back, tickets, setup, by=by, reason=reason)
    if more:
        quote(setup, block.channel_id, more, at)


def _event_of(block_id: int) -> int:
    return Event.objects.filter(blocks=block_id).values_list("pk", flat=True).first() or 0
