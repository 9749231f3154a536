"""The domain once more, in plain Python and without a database: docs/domain.md, not our SQL.

The state machine in this folder does the same to this model and to the real services, and
compares every counter, every booking and every refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

OWN, OPEN, LIMIT = "CHANNEL", "OPEN", "LIMIT"

# Kind, then pool and channel, pool and name of the open row, or item and channel of the limit
# ("" for the item's own).
Key = tuple[str, str, str]
Order = Sequence[tuple[str, int]]


class Refused(Exception):
    """``numbers`` of SOLD_OUT are every lawful set of them: rows may be equally tight."""

    def __init__(self, code: str, numbers: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.numbers = numbers


@dataclass
class Row:
    quantity: int = 0
    held: int = 0
    sold: int = 0
    drawn: int = 0
    draws_on: Key | None = None
    may_draw_now: bool = True
    ceiling: int | None = None
    goes_back: bool = False  # its unsold units, at a time that has not come

    @property
    def free(self) -> int:
        return self.quantity - self.held - self.sold


@dataclass
class Line:
    number: int
    item: str
    quantity: int
    refunded: int = 0

    @property
    def kept(self) -> int:
        return self.quantity - self.refunded

    def keep(self, tickets: int, *, on_hold: bool) -> None:
        """Of a hold it is as if the rest had never been; of a sale the rest is refunded."""
        if on_hold:
            self.quantity = tickets
        elif tickets < self.kept:
            self.refunded = self.quantity - tickets
        else:
            self.quantity = tickets + self.refunded


@dataclass
class Booking:
    channel: str
    status: str
    lines: list[Line]
    due: bool = False  # a hold past its time, swept or not

    @property
    def counted(self) -> str:
        return "held" if self.status == "ON_HOLD" else "sold"


@dataclass(frozen=True)
class Part:
    """A plan's line for a channel, or its group of channels: ``draws_on`` names an open row."""

    units: int
    draws_on: str | None = None
    may_draw_now: bool = True
    ceiling: int | None = None
    goes_back: bool | None = None  # None: never; True: later; False: its time has come


@dataclass
class Domain:
    """One event. Every method changes all that it should, or raises ``Refused`` and nothing."""

    takes: Mapping[str, Mapping[str, int]]  # item → pool → units
    maximum: Mapping[str, int]  # item → most per booking
    capacity: dict[str, int]
    rows: dict[Key, Row]
    bookings: dict[int, Booking] = field(default_factory=dict)
    limits: dict[Key, int] = field(default_factory=dict)
    status: str = "ON_SALE"
    stopped: set[tuple[str, ...]] = field(default_factory=set)
    off: set[tuple[str, str]] = field(default_factory=set)  # (item, channel) not offered
    swept: int = 0  # holds ended so far
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    # --- Bookings ---------------------------------------------------------------------------

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

    def expire(self) -> int:
        due = [found for found in self.bookings.values() if found.due and found.status == "ON_HOLD"]
        for booking in due:
            self.end(booking, "EXPIRED")
        self.swept += len(due)
        return len(due)

    def live_hold(self, number: int) -> Booking:
        booking = self.bookings[number]
        if booking.status == "EXPIRED" or (booking.status == "ON_HOLD" and booking.due):
            raise Refused("HOLD_EXPIRED")
        if booking.status != "ON_HOLD":
            raise Refused("INVALID_STATE")
        return booking

    def end(self, hold: Booking, status: str) -> None:
        self.change(hold.channel, [(line.item, -line.quantity) for line in hold.lines], "held")
        hold.status = status

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

    # --- Set-up -----------------------------------------------------------------------------

    def set_capacity(self, pool: str, capacity: int) -> None:
        if capacity < 0:
            raise Refused("VALIDATION")
        general = self.rows[OPEN, pool, ""]
        if general.quantity + capacity < self.capacity[pool]:
            raise Refused("CAPACITY_IN_USE")
        general.quantity += capacity - self.capacity[pool]
        self.capacity[pool] = capacity

    def move(self, source: Key, target: Key, units: int) -> None:
        giver, taker = self.rows[source], self.rows[target]
        if units < 1 or source == target or source[1] != target[1]:
            raise Refused("VALIDATION")
        if giver.free < units or (
            taker.ceiling is not None and taker.quantity + units > taker.ceiling
        ):
            raise Refused("NOT_ENOUGH_STOCK")
        giver.quantity -= units
        taker.quantity += units

    def set_drawing(
        self, key: Key, draws_on: Key | None, *, may_draw_now: bool, ceiling: int | None
    ) -> None:
        row = self.rows[key]
        if draws_on is not None and draws_on[1] != key[1]:
            raise Refused("VALIDATION")
        if ceiling is not None and ceiling < 0:
            raise Refused("VALIDATION")
        if ceiling is not None and row.quantity > ceiling:
            raise Refused("NOT_ENOUGH_STOCK")
        if draws_on != row.draws_on:
            row.drawn = 0  # what was drawn is its allocation now
        row.draws_on, row.may_draw_now, row.ceiling = draws_on, may_draw_now, ceiling

    def apply_plan(self, pool: str, parts: Mapping[str, Part], group: str, shared: Part) -> None:
        """``parts`` by channel; ``group`` is the named open row, of which ``shared`` is the part."""
        over = shared.goes_back is False
        found: dict[Key, Row] = {}
        for channel in (name for kind, of, name in self.rows if (kind, of) == (OWN, pool)):
            part, row = parts.get(channel, Part(0)), self.rows[OWN, pool, channel]
            units = 0 if part.goes_back is False else part.units
            used = row.held + row.sold
            draws_on, may_draw_now = part.draws_on, part.may_draw_now
            if (draws_on is None and part.goes_back is False) or (draws_on == group and over):
                draws_on, may_draw_now = "", False
            found[OWN, pool, channel] = Row(
                max(units, used),
                row.held,
                row.sold,
                max(0, used - units),
                None if draws_on is None else (OPEN, pool, draws_on),
                may_draw_now,
                part.ceiling,
                bool(part.goes_back),
            )
            if used > units and draws_on is None:
                raise Refused("PLAN_IMPOSSIBLE")
            if part.ceiling is not None and max(units, used) > part.ceiling:
                raise Refused("PLAN_IMPOSSIBLE")
        open_row = (OPEN, pool, group)
        drawn = sum(row.drawn for row in found.values() if row.draws_on == open_row)
        # What has ended of its channels' own parts went to the group, unless that is over too.
        returned = sum(
            part.units
            for part in parts.values()
            if part.draws_on == group and part.goes_back is False
        )
        units = 0 if over else shared.units + returned
        found[open_row] = Row(units - drawn, goes_back=bool(shared.goes_back))
        rest = self.capacity[pool] - sum(row.quantity for row in found.values())
        found[OPEN, pool, ""] = Row(rest)
        if rest < 0 or found[open_row].quantity < 0:
            raise Refused("PLAN_IMPOSSIBLE")
        self.rows.update(found)

    def release(self, pool: str, group: str) -> None:
        """The time of all parts of a pool that go back has come."""
        general, open_row = self.rows[OPEN, pool, ""], self.rows[OPEN, pool, group]
        own = [row for (kind, of, _), row in self.rows.items() if (kind, of) == (OWN, pool)]
        for row in own:
            if open_row.goes_back and row.draws_on == (OPEN, pool, group):
                row.draws_on, row.may_draw_now = (OPEN, pool, ""), False
            if row.goes_back:
                if row.draws_on is None:
                    row.draws_on, row.may_draw_now = (OPEN, pool, ""), False
                self.rows[row.draws_on].quantity += row.free
                row.drawn = row.quantity = row.held + row.sold
                row.goes_back = False
        if open_row.goes_back:
            general.quantity += open_row.quantity
            open_row.quantity, open_row.goes_back = 0, False

    def set_limit(self, item: str, channel: str, limit: int | None) -> None:
        """Of the item itself where ``channel`` is empty."""
        key = (LIMIT, item, channel)
        if limit is None:
            if self.limits.pop(key, None) is not None:
                self.rows[key] = Row()
            return
        if limit < 0:
            raise Refused("VALIDATION")
        held = sold = 0
        for booking in self.bookings.values():
            for line in booking.lines:
                if line.item == item and channel in {"", booking.channel}:
                    held += line.quantity if booking.status == "ON_HOLD" else 0
                    sold += line.kept if booking.status == "CONFIRMED" else 0
        if held + sold > limit:
            raise Refused("LIMIT_BELOW_USE")
        self.limits[key] = limit
        self.rows[key] = Row(limit, held, sold)
