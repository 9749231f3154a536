"""Hold, sell, confirm, extend, amend, give back. Each runs in transactions of its own.

Every function takes who does it, and answers with what the seller is told; with ``repeat`` the
answer is stored, and a repetition gets it again. ``beside`` writes with the booking
(``sales.beside``). A person acts for the channels given to them (``sales.sellers``): else ``NotYourChannelError``. Refusals (``common.errors.RefusedError``)
change nothing.
"""

from collections.abc import Mapping, Sequence

from allocations.enums import MovementKind
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.errors import NotFoundError
from idempotency.answers import Answer, Repeat
from idempotency.answers import store as store_answer
from idempotency.retry import attempt
from sales import amendment, booking_sql, booking_updates, rules, terms
from sales.assembly import draft
from sales.beside import Beside, unchanged
from sales.entries import Counted, entries_for
from sales.enums import BookingStatus
from sales.errors import InvalidStateError
from sales.models import Booking
from sales.orders import LineChange, Order, OrderLine
from sales.postponing import holds_that_move, postpone
from sales.retry import Room
from sales.sellers import require_refunder, require_seller
from sales.turned_away.services import Demand, counted, demand_of

__all__ = ("amend", "book", "cancel", "confirm", "extend", "holds_that_move", "postpone")


def book(
    order: Order, *, by: Actor, repeat: Repeat | None = None, beside: Beside | None = None
) -> Answer:
    """Hold tickets for a while, or sell them at once with ``order.confirm``; then ``beside`` may be given.

    Raises what ``sales.rules`` refuses, ``SoldOutError`` with the numbers, ``NotFoundError`` for
    what the channel does not list, and the errors of ``idempotency.answers``.
    """
    demand = demand_of(order.event_id, order.channel_id, order.lines)
    with counted(demand, repeat):
        return attempt(lambda: _book(order, by, repeat, beside), after_refusal=Room(order.event_id))


def _book(order: Order, by: Actor, repeat: Repeat | None, beside: Beside | None) -> Answer:
    require_seller(by, order.channel_id)
    scene = booking_sql.look(order.event_id, repeat, to_book=True)
    booking_draft = draft(order, by, scene)
    booking_draft.booking.pk = scene.booking_id
    answer = booking_draft.answer
    booking_sql.insert(booking_draft.booking, booking_draft.lines, answer, repeat)
    if beside is not None:  # of a sale: its time does not depend on the wait for its stock
        answer = beside(booking_draft.booking, booking_draft.lines, answer)
        store_answer(repeat, answer)
    at = booking_updates.post(
        booking_draft.booking,
        scene.setup,
        booking_draft.kind,
        booking_draft.entries,
        booking_draft.wanted,
        by,
    )
    booking_draft.require_in_time(scene.setup, at)
    if booking_draft.is_short(at):
        answer = booking_draft.begun_at(at).answer
        booking_sql.write_times(booking_draft.booking)
        store_answer(repeat, answer)
    return answer


def confirm(
    booking_id: int,
    *,
    by: Actor,
    contact: Mapping[str, object] | None = None,
    reference: str | None = None,
    repeat: Repeat | None = None,
    beside: Beside = unchanged,
) -> Answer:
    """Turn a live hold into a sale; it never fails for lack of stock.

    Raises ``HoldExpiredError`` past its time, swept or not, ``InvalidStateError`` for any other
    state, ``NotOnSaleError`` when the event was cancelled.
    """
    demand = Demand()

    def work() -> Answer:
        booking, lines, setup, now = booking_updates.open_booking(booking_id, repeat)
        require_seller(by, booking.channel_id)
        tickets = [(line.item_id, line.quantity) for line in lines]
        demand.fill(setup.id, booking.channel_id, tickets)
        booking_updates.require_live_hold(booking, now, "confirmed")
        rules.require_not_cancelled(setup)
        channel = rules.find_channel(setup, booking.channel_id)
        if contact is not None:
            booking.contact = dict(contact)
        if reference is not None:
            booking.reference = reference
        ends = booking.expires_at
        booking.status = BookingStatus.CONFIRMED
        booking.confirmed_at = now
        booking.expires_at = None
        booking.due_on = terms.payment_due(setup, channel, now)
        answer = booking_updates.save_booking(booking, lines, now, repeat, beside)
        entries = entries_for(setup, booking.channel_id, tickets, Counted.HELD_TO_SOLD)
        at = booking_updates.post(booking, setup, MovementKind.CONFIRM, entries, tickets, by)
        booking_updates.require_in_time(ends, at, setup.zone)
        return answer

    with counted(demand, repeat):
        return attempt(work)


def extend(
    booking_id: int, *, by: Actor, seconds: int | None = None, repeat: Repeat | None = None
) -> Answer:
    """Let a live hold end ``seconds`` from now, by default the channel's default hold.

    A hold lives for the channel's longest hold at most, from when it was made. Raises
    ``InvalidInputError`` beyond that, else as ``confirm``.
    """

    def work() -> Answer:
        booking, lines, setup, now = booking_updates.open_booking(booking_id, repeat)
        require_seller(by, booking.channel_id)  # no movement carries the name: no stock is touched
        booking_updates.require_live_hold(booking, now, "extended")
        rules.require_not_cancelled(setup)
        channel = rules.find_channel(setup, booking.channel_id)
        booking.expires_at = terms.extended_until(booking, channel, seconds, now)
        return booking_updates.save_booking(booking, lines, now, repeat)

    return attempt(work)


def amend(  # noqa: PLR0913 - each is something of a booking that may change, or how
    booking_id: int,
    *,
    by: Actor,
    changes: Sequence[LineChange] = (),
    additions: Sequence[OrderLine] = (),
    contact: Mapping[str, object] | None = None,
    reference: str | None = None,
    expected: BookingStatus | None = None,
    repeat: Repeat | None = None,
    beside: Beside = unchanged,
) -> Answer:
    """Change a hold's or a sale's lines, contact and reference, in one ledger call.

    Fewer tickets of a confirmed line are refunded; more obey the rules of a new sale. Raises as
    ``book`` for what is added, ``InvalidStateError`` when the booking has ended or is no longer as
    ``expected``.
    """
    demand = Demand()

    def work() -> Answer:
        booking, lines, setup, now = booking_updates.open_booking(booking_id, repeat)
        require_seller(by, booking.channel_id)
        more = amendment.tickets_more(lines, changes, additions)
        demand.fill(setup.id, booking.channel_id, more)
        booking_updates.require_expected(booking, expected, "amended")
        if booking.status != BookingStatus.CONFIRMED:
            booking_updates.require_live_hold(booking, now, "amended")
        if contact is not None:
            booking.contact = dict(contact)
        if reference is not None:
            booking.reference = reference
        lines, differences = amendment.apply(booking, lines, changes, additions, setup, now)
        answer = booking_updates.save_booking(booking, lines, now, repeat, beside)
        counted = Counted.HELD if booking.status == BookingStatus.ON_HOLD else Counted.SOLD
        entries = entries_for(setup, booking.channel_id, differences, counted)
        if differences:
            at = booking_updates.post(booking, setup, MovementKind.AMEND, entries, differences, by)
            booking_updates.require_in_time(booking.expires_at, at, setup.zone)
            if added := [item_id for item_id, tickets in differences if tickets > 0]:
                rules.require_still_open(setup, booking.channel_id, added, at)
        return answer

    with counted(demand, repeat):
        return attempt(work, after_refusal=Room(_event_of(booking_id)))


def cancel(
    booking_id: int,
    *,
    by: Actor,
    reason: str,
    lines: Mapping[int, int] | None = None,
    expected: BookingStatus | None = None,
    as_shown: AsShown = nothing_shown,
    repeat: Repeat | None = None,
    beside: Beside = unchanged,
) -> Answer:
    """Release a hold, or refund a sale: whole, or so many tickets of the ``lines`` given.

    The reason stays with the booking: it may hold what a buyer said, and movements are for ever.

    Raises ``InvalidStateError`` when the booking has ended, is no longer as ``expected``, or a
    hold is to be released in part (amend it), ``HoldExpiredError``, ``InvalidInputError`` for more
    than a line still has, and what ``as_shown`` raises of the tickets of each line.
    """

    def work() -> Answer:
        booking, own, setup, now = booking_updates.open_booking(booking_id, repeat)
        may = require_refunder if booking.status == BookingStatus.CONFIRMED else require_seller
        may(by, booking.channel_id)
        booking_updates.require_expected(booking, expected, "cancelled")
        as_shown({f"line_{line.number}": line.kept for line in own})
        if booking.status == BookingStatus.CONFIRMED:
            kind, counted = MovementKind.REFUND, Counted.SOLD
            given_back = amendment.refund(own, lines)
        else:
            booking_updates.require_live_hold(booking, now, "cancelled")
            if lines is not None:
                raise InvalidStateError("A hold is released whole; amend it to keep a part of it.")
            kind, counted = MovementKind.RELEASE, Counted.HELD
            given_back = [(line.item_id, -line.quantity) for line in own]
        if booking.status == BookingStatus.ON_HOLD or not any(line.kept for line in own):
            booking.status = BookingStatus.CANCELLED
            booking.expires_at = None
            booking.ended_at = now
        booking.end_reason = reason[:300]
        answer = booking_updates.save_booking(booking, own, now, repeat, beside)
        entries = entries_for(setup, booking.channel_id, given_back, counted)
        booking_updates.post(booking, setup, kind, entries, given_back, by)
        return answer

    return attempt(work)


def _event_of(booking_id: int) -> int:
    event_id = Booking.objects.filter(pk=booking_id).values_list("event_id", flat=True).first()
    if event_id is None:
        raise NotFoundError("There is no such booking.", field="id")
    return event_id
