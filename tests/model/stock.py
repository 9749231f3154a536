"""The plain model of a sale: may it be sold, which rows it counts on, and what they can give."""

from tests.model.records import LIMIT, OWN, Booking, Key, Order, Records, Refused, Row


class Stock(Records):
    # --- May it be sold? --------------------------------------------------------------------

    def check_sale(self, channel: str) -> None:
        if self.status != "ON_SALE":
            raise Refused("NOT_ON_SALE")
        if ("event",) in self.stopped or ("channel", channel) in self.stopped:
            raise Refused("STOP_SELL")

    def check_item(self, item: str, channel: str) -> None:
        if (item, channel) in self.off:
            raise Refused("NOT_ON_SALE")
        if ("item", item) in self.stopped or ("listing", item, channel) in self.stopped:
            raise Refused("STOP_SELL")

    def check_per_booking(self, order: Order, before: Order = ()) -> None:
        for item, maximum in self.maximum.items():
            total = sum(tickets for found, tickets in order if found == item)
            if total > max(maximum, sum(tickets for found, tickets in before if found == item)):
                raise Refused("VALIDATION")

    # --- Stock ------------------------------------------------------------------------------

    def units(self, item: str, channel: str) -> dict[Key, int]:
        """The rows that one ticket counts on."""
        own = {(OWN, pool, channel): units for pool, units in self.takes[item].items()}
        limits = [(LIMIT, item, ""), (LIMIT, item, channel)]
        return own | {key: 1 for key in limits if key in self.limits}

    def wanted(self, channel: str, order: Order) -> dict[Key, int]:
        units: dict[Key, int] = {}
        for item, tickets in order:
            for key, each in self.units(item, channel).items():
                units[key] = units.get(key, 0) + each * tickets
        return units

    def sell(self, channel: str, order: Order, counted: str) -> None:
        """Whole or not at all; holds that are over make room first, where some is missing."""
        if self.refusals(channel, order):
            self.expire()
        if refusals := self.refusals(channel, order):
            if code := self.shut(channel, order):
                raise Refused(code)
            minimum = min(int(str(found["sellable"])) for found in refusals)
            raise Refused("SOLD_OUT", [n for n in refusals if n["sellable"] == minimum])
        self.change(channel, order, counted)

    def expire(self) -> int:
        due = [found for found in self.bookings.values() if found.due and found.status == "ON_HOLD"]
        for booking in due:
            self.end(booking, "EXPIRED")
        self.swept += len(due)
        return len(due)

    def end(self, hold: Booking, status: str) -> None:
        self.change(hold.channel, [(line.item, -line.quantity) for line in hold.lines], "held")
        hold.status = status

    def shut(self, channel: str, order: Order) -> str | None:
        """Of a row that was never given anything, or may not draw now, nothing has sold out."""
        wanted = self.wanted(channel, order)
        for pool in self.capacity:
            key = (OWN, pool, channel)
            room = max(self.room(key)[0], 0)
            if wanted.get(key, 0) <= room or not self.gives_nothing(self.rows[key]):
                continue
            if any(room < self.units(item, channel).get(key, 0) for item, _tickets in order):
                return "NOT_ON_SALE" if self.rows[key].draws_on is None else "OUTSIDE_SALES_WINDOW"
        return None

    def gives_nothing(self, row: Row) -> bool:
        return row.quantity == 0 if row.draws_on is None else not row.may_draw_now

    def room(self, key: Key) -> tuple[int, str]:
        """What a row could still give, and what ends it."""
        row = self.rows[key]
        if key[0] == LIMIT:
            return row.free, "listing" if key[2] else "item"
        if row.draws_on is None or not row.may_draw_now:
            return row.free, "stock"
        in_open = self.rows[row.draws_on].quantity
        if row.ceiling is not None and row.ceiling - row.quantity < in_open:
            return row.free + row.ceiling - row.quantity, "plan"
        return row.free + in_open, "open"

    def refusals(self, channel: str, order: Order) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for key, units in self.wanted(channel, order).items():
            room, limited_by = self.room(key)
            if units <= max(room, 0):
                continue
            touching = [
                (tickets, self.units(item, channel)[key])
                for item, tickets in order
                if key in self.units(item, channel)
            ]
            numbers: dict[str, object] = {"asked": units, "sellable": room}
            if len(touching) == 1:  # one line alone: said in tickets
                tickets, each = touching[0]
                numbers = {"asked": tickets, "sellable": room // each}
            found.append({**numbers, "limited_by": limited_by})
        return found

    def change(self, channel: str, order: Order, counted: str) -> None:
        for key, units in self.wanted(channel, order).items():
            row = self.rows[key]
            drawn = max(0, units - row.free) if units > 0 else -min(-units, row.drawn)
            if drawn:
                assert row.draws_on is not None
                self.rows[row.draws_on].quantity -= drawn
            row.quantity += drawn
            row.drawn += drawn
            setattr(row, counted, getattr(row, counted) + units)
