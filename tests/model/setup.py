"""The plain model of the set-up: capacity, transfers, terms, plans and limits."""

from collections.abc import Mapping

from tests.model.records import LIMIT, OPEN, OWN, Key, Part, Records, Refused, Row


class Setup(Records):
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
