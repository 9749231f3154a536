"""The domain once more, in plain Python and without a database: docs/domain.md, not our SQL.

The state machine in this folder does the same to this model and to the real services, and
compares every counter, every booking and every refusal.
"""

from collections.abc import Mapping

from tests.model.records import Booking, Line, Order, Refused
from tests.model.setup import Setup
from tests.model.stock import Stock


class Domain(Stock, Setup):
    """One event. Every method changes all that it should, or raises ``Refused`` and nothing."""

    def book(self, channel: str, order: Order, counted: str, number: int) -> None:
        self.check_sale(channel)
        for item, tickets in order:
            if not 1 <= tickets <= 10_000:
                raise Refused("VALIDATION")
            self.check_item(item, channel)
        self.check_per_booking([(item, tickets) for item, tickets in order])
        self.sell(channel, order, counted)
        lines = [Line(line, item, n) for line, (item, n) in enumerate(order, start=1)]
        status = "ON_HOLD" if counted == "held" else "CONFIRMED"
        self.bookings[number] = Booking(channel, status, lines)

    def confirm(self, number: int) -> None:
        booking = self.live_hold(number)
        if self.status == "CANCELLED":
            raise Refused("NOT_ON_SALE")
        for line in booking.lines:
            for key, units in self.units(line.item, booking.channel).items():
                self.rows[key].held -= units * line.quantity
                self.rows[key].sold += units * line.quantity
        booking.status = "CONFIRMED"

    def extend(self, number: int, seconds: int, longest: int) -> None:
        self.live_hold(number)
        if self.status == "CANCELLED":
            raise Refused("NOT_ON_SALE")
        # Its life began a moment ago, so the whole of it is not left.
        if not 1 <= seconds < longest:
            raise Refused("VALIDATION")

    def cancel(self, number: int, tickets: Mapping[int, int] | None) -> None:
        booking = self.bookings[number]
        if booking.status == "CANCELLED":
            raise Refused("INVALID_STATE")
        if booking.status != "CONFIRMED":
            self.live_hold(number)
            if tickets is not None:
                raise Refused("INVALID_STATE")
            self.end(booking, "CANCELLED")
            return
        lines = {line.number: line for line in booking.lines}
        if tickets is None:
            tickets = {line.number: line.kept for line in booking.lines}
        elif not tickets or any(
            line not in lines or not 1 <= n <= lines[line].kept for line, n in tickets.items()
        ):
            raise Refused("VALIDATION")
        given_back = [(lines[line].item, -n) for line, n in tickets.items()]
        self.change(booking.channel, given_back, "sold")
        for line, n in tickets.items():
            lines[line].refunded += n
        if not any(line.kept for line in booking.lines):
            booking.status = "CANCELLED"

    def amend(self, number: int, keep: Mapping[int, int], added: Order) -> None:
        """``keep``: line → tickets that stay; ``added``: new lines."""
        booking = self.bookings[number]
        if booking.status == "CANCELLED":
            raise Refused("INVALID_STATE")
        if booking.status != "CONFIRMED":
            self.live_hold(number)
        if not keep and not added:
            return
        if any(line not in {found.number for found in booking.lines} for line in keep):
            raise Refused("VALIDATION")
        kept = {line.number: keep.get(line.number, line.kept) for line in booking.lines}
        self.check_amendment(booking, kept, added)
        change = [(line.item, kept[line.number] - line.kept) for line in booking.lines]
        self.sell(booking.channel, [(i, n) for i, n in [*change, *added] if n], booking.counted)
        last = max(kept)
        for line in booking.lines:
            line.keep(kept[line.number], on_hold=booking.status == "ON_HOLD")
        booking.lines = [line for line in booking.lines if line.quantity]
        booking.lines += [Line(last + step, item, n) for step, (item, n) in enumerate(added, 1)]

    def check_amendment(self, booking: Booking, kept: Mapping[int, int], added: Order) -> None:
        """What is more obeys the rules of a new sale; something is left."""
        more = [line.item for line in booking.lines if kept[line.number] > line.kept]
        if more or added:
            self.check_sale(booking.channel)
        for item in more:
            self.check_item(item, booking.channel)
        for item, tickets in added:
            if tickets < 1:
                raise Refused("VALIDATION")
            self.check_item(item, booking.channel)
        if not added and not any(kept.values()):
            raise Refused("INVALID_STATE")
        self.check_per_booking(
            [*((line.item, kept[line.number]) for line in booking.lines), *added],
            [(line.item, line.kept) for line in booking.lines],
        )

    def live_hold(self, number: int) -> Booking:
        booking = self.bookings[number]
        if booking.status == "EXPIRED" or (booking.status == "ON_HOLD" and booking.due):
            raise Refused("HOLD_EXPIRED")
        if booking.status != "ON_HOLD":
            raise Refused("INVALID_STATE")
        return booking
