"""Tickets of a named hold are handed out: each time an ordinary booking, whose units pass from held to sold."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allocations import ledger
from allocations.enums import MovementKind
from allocations.setup import EventSetup
from common.actor import Actor
from common.errors import InvalidInputError, NotFoundError
from common.spoken_number import spoken
from common.text import number
from events.enums import EventStatus
from idempotency.answers import Answer, Repeat, claim, store
from idempotency.retry import attempt
from sales import amendment, blocks, booking_sql, rules, terms
from sales.booking_updates import group_of
from sales.entries import Counted, entries_for
from sales.enums import BlockKind, BlockStatus, BookingStatus
from sales.errors import InvalidStateError, NotOnSaleError
from sales.guests.lists import promised
from sales.keepers import require_hander
from sales.models import Block, BlockLine, Booking, BookingLine, Guest, HandOut

LONGEST_PHONE = 50


@dataclass(frozen=True, slots=True)
class HandOutOrder:
    """So many tickets for a guest; or without one, of a line, of what nobody on the list is promised.

    ``seen``: how many the guest had been given on the page that is acted on. Of two clerks who saw the same, the
    second hands out nothing.
    """

    block_id: int
    tickets: int
    guest_id: int | None = None
    line_id: int | None = None
    seen: int | None = None


def hand_out(order: HandOutOrder, *, by: Actor, repeat: Repeat | None = None) -> Answer:
    """Hand tickets out. The answer: ``{"hand_out", "booking", "tickets", "left"}``, the booking's spoken number.

    Windows and stops do not count: the tickets were set aside, and are fetched at the door. Raises
    ``InvalidStateError`` where the hold has ended or somebody else was quicker, ``NotOnSaleError`` of a draft or a
    cancelled event, ``InvalidInputError`` with the numbers for more than there are, ``NotYourHoldError``.
    """

    def work() -> Answer:
        claim(repeat)
        block, lines, setup, now = blocks.open_block(order.block_id, BlockKind.NAMED)
        require_hander(by, block)
        blocks.require_active(block, "handed out")
        rules.require_not_cancelled(setup)
        if setup.status == EventStatus.DRAFT:
            raise NotOnSaleError("The event is a draft: put it on sale first.", field="event")
        guest = _guest_of(block, order)
        line = _line_of(lines, guest, order)
        left = guest.left if guest is not None else line.left - promised(block.pk).get(line.pk, 0)
        _require_left(order.tickets, left)
        booking = _book(block, line, guest, order.tickets, setup, by, now)
        if guest is not None:  # first: what is promised is never more than what is left
            guest.handed_out += order.tickets
            guest.save(update_fields=("handed_out",))
        blocks.sell_from(block, lines, {line.item_id: order.tickets}, now=now)
        row = HandOut.objects.create(
            line=line,
            guest=guest,
            booking=booking,
            tickets=order.tickets,
            at=now,
            user_id=by.user_id,
        )
        answer = Answer(
            201,
            json.dumps(
                {
                    "hand_out": row.pk,
                    "booking": spoken(booking.pk),
                    "tickets": order.tickets,
                    "left": left - order.tickets,
                }
            ),
        )
        store(repeat, answer)
        tickets = [(line.item_id, order.tickets)]
        entries = entries_for(setup, block.channel_id, tickets, Counted.HELD_TO_SOLD)
        ledger.post_one(group_of(booking, setup, MovementKind.SELL, entries), by=by)
        return answer

    return attempt(work)


def undo(hand_out_id: int, *, by: Actor, reason: str) -> bool:
    """Take tickets that were handed out back: the booking is refunded, and they are held again for the same guest.

    Of a hold that has ended they go to the channel; returns whether they are held again. Raises ``InvalidInputError`` without a reason,
    ``InvalidStateError`` where it was undone or refunded already, ``NotFoundError``, ``NotYourHoldError``.
    """
    if not reason.strip():
        raise InvalidInputError("Say why it is undone.", field="reason")
    block_id = HandOut.objects.filter(pk=hand_out_id).values_list("line__block", flat=True).first()
    if block_id is None:
        raise NotFoundError("There is no such hand-out.", field="id")

    def work() -> Answer:
        block, lines, setup, now = blocks.open_block(block_id, BlockKind.NAMED)
        require_hander(by, block)
        row = HandOut.objects.get(pk=hand_out_id)
        booking = Booking.objects.select_for_update().get(pk=row.booking_id)
        own = list(booking.lines.order_by("number"))
        _require_undoable(row, booking, own)
        is_held = block.status == BlockStatus.ACTIVE
        given_back = amendment.refund(own, None)
        booking.status, booking.ended_at, booking.updated_at = BookingStatus.CANCELLED, now, now
        booking.end_reason = reason[:300]
        booking.save()
        if is_held:  # first, as above
            line = next(line for line in lines if line.pk == row.line_id)
            line.sold -= row.tickets
            line.save(update_fields=("sold",))
        if row.guest_id is not None:
            guest = Guest.objects.get(pk=row.guest_id)
            guest.handed_out -= row.tickets
            guest.save(update_fields=("handed_out",))
        row.undone_at, row.undone_by_id, row.undo_reason = now, by.user_id, reason[:300]
        row.save()
        counted = Counted.HELD_TO_SOLD if is_held else Counted.SOLD
        entries = entries_for(setup, booking.channel_id, given_back, counted)
        ledger.post_one(group_of(booking, setup, MovementKind.REFUND, entries), by=by)
        return Answer(200, json.dumps({"is_held": is_held}))

    answer: dict[str, bool] = attempt(work).data
    return answer["is_held"]


def _guest_of(block: Block, order: HandOutOrder) -> Guest | None:
    if order.guest_id is None:
        return None
    guest = Guest.objects.filter(pk=order.guest_id, block=block).first()
    if guest is None:
        raise NotFoundError("There is no such guest on the list of this hold.", field="guest")
    if order.seen is not None and order.seen != guest.handed_out:
        raise InvalidStateError(
            f"Somebody else was quicker: {guest.handed_out} of {guest.tickets} tickets are handed out to"
            f" {guest} by now. Nothing more was handed out.",
            handed_out=guest.handed_out,
            left=guest.left,
        )
    return guest


def _line_of(lines: Sequence[BlockLine], guest: Guest | None, order: HandOutOrder) -> BlockLine:
    line_id = order.line_id if guest is None else guest.line_id
    line = next((line for line in lines if line.pk == line_id), None)
    if line is None:
        raise NotFoundError("The hold has no such line.", field="line")
    return line


def _require_left(tickets: int, left: int) -> None:
    if not 1 <= tickets <= left:
        raise InvalidInputError(
            f"{number(left)} {'ticket is' if left == 1 else 'tickets are'} left to be handed out here, not {number(tickets)}."
            if left
            else "No ticket is left to be handed out here.",
            field="tickets",
            asked=tickets,
            left=left,
        )


def _book(
    block: Block,
    line: BlockLine,
    guest: Guest | None,
    tickets: int,
    setup: EventSetup,
    by: Actor,
    now: datetime,
) -> Booking:
    channel = rules.find_channel(setup, block.channel_id)
    booking = Booking(
        pk=booking_sql.reserve_ids(1)[0],
        event_id=block.event_id,
        channel_id=block.channel_id,
        status=BookingStatus.CONFIRMED,
        contact=_contact(guest),
        currency=block.currency,
        created_at=now,
        updated_at=now,
        confirmed_at=now,
        due_on=terms.payment_due(setup, channel, now),
        user_id=by.user_id,
        api_key_id=by.api_key_id,
    )
    sold = BookingLine(
        number=1,
        item_id=line.item_id,
        listing_id=line.listing_id,
        quantity=tickets,
        unit_price=line.unit_price,
    )
    booking_sql.insert_many([(booking, [sold])])
    return booking


def _contact(guest: Guest | None) -> dict[str, str] | None:
    """The guest as the contact of a booking, where it is found and erased like every other."""
    if guest is None or not guest.name:
        return None
    contact = {"full_name": guest.name}
    if "@" in guest.contact:
        contact["email_address"] = guest.contact
    elif guest.contact:
        contact["phone_number"] = guest.contact[:LONGEST_PHONE]
    return contact


def _require_undoable(row: HandOut, booking: Booking, lines: Sequence[BookingLine]) -> None:
    if row.undone_at is not None:
        raise InvalidStateError("This was undone already.")
    if booking.status != BookingStatus.CONFIRMED or any(line.refunded for line in lines):
        raise InvalidStateError(
            f"Tickets of booking {booking} were refunded meanwhile: there is nothing to undo.",
            booking_status=booking.status,
        )
    if len(lines) != 1 or lines[0].kept != row.tickets:
        raise InvalidStateError(
            f"Booking {booking} was changed meanwhile, and is more than what was handed out: refund it"
            " on its own page.",
            booking_status=booking.status,
        )
