"""What an amendment or a refund does to the lines of a booking that is locked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from allocations.setup import EventSetup
from common.errors import InvalidInputError
from common.text import money
from sales import rules
from sales.enums import BookingStatus
from sales.errors import InvalidStateError
from sales.models import Booking, BookingLine, total_of
from sales.orders import MAX_LINES, LineChange, OrderLine

Differences = list[tuple[int, int]]


def apply(
    booking: Booking,
    lines: Sequence[BookingLine],
    changes: Sequence[LineChange],
    additions: Sequence[OrderLine],
    setup: EventSetup,
    now: datetime,
) -> tuple[list[BookingLine], Differences]:
    """Write the lines; return them as they are now, and (item, tickets more or fewer) of each.

    ``changes`` name the tickets to keep of a line, 0 gives all of it back; lines that are not
    named stay. More of a line are sold at its price, which must still be lawful. Raises
    ``InvalidInputError``, ``InvalidStateError`` where nothing would be left or a paid booking would
    cost more, and the refusals of ``sales.rules``.
    """
    if not changes and not additions:
        return list(lines), []
    paid = total_of(lines) if booking.paid_at else None
    channel = rules.find_channel(setup, booking.channel_id)
    changed = _change(booking, lines, changes)
    more = [(line, before) for line, before in changed if line.kept > before]
    if additions or more:
        rules.check_event(setup, channel, now)
    for line, _before in more:
        field = f"lines[{line.number}]"
        listing = rules.may_sell(setup, channel.id, line.item_id, now, field)
        # At the line's own price, if that may still be asked; else as a line of its own.
        rules.price_of(listing, channel, line.unit_price, setup.currency, field)
    added = _add(booking, lines, additions, setup, now)
    after = [line for line, _before in changed if line.quantity] + added
    if not any(line.kept for line in after):
        raise InvalidStateError("Nothing of the booking would be left: cancel it instead.")
    if len(after) > MAX_LINES:
        raise InvalidInputError(f"A booking has at most {MAX_LINES} lines.", field="lines")
    if paid is not None:
        _require_covered(total_of(after), paid, booking.currency)
    rules.check_per_booking(
        setup,
        ((line.item_id, line.kept) for line in after),
        ((line.item_id, before) for line, before in changed),
    )
    _write(lines, after, added)
    differences = [
        (line.item_id, line.kept - before) for line, before in changed if line.kept != before
    ]
    return after, differences + [(line.item_id, line.quantity) for line in added]


def tickets_more(
    lines: Sequence[BookingLine], changes: Sequence[LineChange], additions: Sequence[OrderLine]
) -> Differences:
    """(item, tickets) that the amendment asks for beyond what the booking has; nothing is judged."""
    kept = {line.number: (line.item_id, line.kept) for line in lines}
    grown = [
        (kept[change.number][0], change.quantity - kept[change.number][1])
        for change in changes
        if change.number in kept
    ]
    return grown + [(line.item_id, line.quantity) for line in additions]


def _require_covered(total: Decimal, paid: Decimal, currency: str) -> None:
    """What was settled is not made to owe again: nobody would look for it among the paid."""
    if total > paid:
        raise InvalidStateError(
            f"The booking is paid with {money(paid, currency)} and cannot be amended to"
            f" {money(total, currency)}: book what is added as a new booking.",
            asked=str(total),
            paid=str(paid),
        )


def _change(
    booking: Booking, lines: Sequence[BookingLine], changes: Sequence[LineChange]
) -> list[tuple[BookingLine, int]]:
    """Set the new numbers on the lines, unsaved; returns each with what was kept before."""
    by_number = {line.number: line for line in lines}
    before = {line.number: line.kept for line in lines}
    named: set[int] = set()
    for index, change in enumerate(changes):
        field = f"lines[{index}]"
        line = by_number.get(change.number)
        if line is None or change.number in named:
            detail = "has no" if line is None else "names twice"
            raise InvalidInputError(
                f"The booking {detail} line {change.number}.", field=f"{field}.line"
            )
        named.add(change.number)
        rules.check_quantity(change.quantity, f"{field}.quantity", minimum=0)
        if booking.status == BookingStatus.ON_HOLD:
            line.quantity = change.quantity
        elif change.quantity < line.kept:
            line.refunded = line.quantity - change.quantity
        else:
            line.quantity = change.quantity + line.refunded
    return [(line, before[line.number]) for line in lines]


def _add(
    booking: Booking,
    lines: Sequence[BookingLine],
    additions: Sequence[OrderLine],
    setup: EventSetup,
    now: datetime,
) -> list[BookingLine]:
    channel = rules.find_channel(setup, booking.channel_id)
    next_number = max((line.number for line in lines), default=0) + 1
    added = []
    for index, order in enumerate(additions):
        field = f"lines[{index}]"
        rules.check_quantity(order.quantity, f"{field}.quantity")
        listing = rules.may_sell(setup, channel.id, order.item_id, now, field)
        added.append(
            BookingLine(
                booking=booking,
                number=next_number + index,
                item_id=order.item_id,
                listing_id=listing.id,
                quantity=order.quantity,
                unit_price=rules.price_of(
                    listing, channel, order.unit_price, setup.currency, field
                ),
            )
        )
    return added


def _write(
    lines: Sequence[BookingLine], after: Sequence[BookingLine], added: Sequence[BookingLine]
) -> None:
    gone = [line.pk for line in lines if line.quantity == 0]
    if gone:
        BookingLine.objects.filter(pk__in=gone).delete()
    kept = [line for line in after if line.pk]
    BookingLine.objects.bulk_update(kept, ("quantity", "refunded"))
    BookingLine.objects.bulk_create(added)


def refund(lines: Sequence[BookingLine], tickets_by_line: Mapping[int, int] | None) -> Differences:
    """Mark tickets as refunded and save; ``tickets_by_line``: line → tickets, ``None`` for all there are.

    Raises ``InvalidInputError`` for a line that is not there or has fewer left.
    """
    by_number = {line.number: line for line in lines}
    quantities = (
        {line.number: line.kept for line in lines}
        if tickets_by_line is None
        else dict(tickets_by_line)
    )
    if not quantities:
        raise InvalidInputError("No line is named.", field="lines")
    for number, tickets in quantities.items():
        line = by_number.get(number)
        if line is None:
            raise InvalidInputError(f"The booking has no line {number}.", field="lines")
        if not (0 if tickets_by_line is None else 1) <= tickets <= line.kept:
            raise InvalidInputError(
                f"Line {number} has {line.kept} tickets left to refund, not {tickets}.",
                field="lines",
                asked=tickets,
                left=line.kept,
            )
        line.refunded += tickets
    BookingLine.objects.bulk_update(lines, ("refunded",))
    return [
        (by_number[number].item_id, -tickets) for number, tickets in quantities.items() if tickets
    ]
