"""What may happen to bookings, on the real services and on the plain model."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from common.actor import SYSTEM
from sales import services as sales
from sales.expiry import expire_due
from sales.orders import LineChange, OrderLine
from tests.factories import id_of, let_expire
from tests.model.twins import Twins, channels, items

LONGEST = 3600

orders = st.lists(st.tuples(items, st.integers(1, 5)), min_size=1, max_size=3)
bookings = st.integers(0, 40)


class BookingRules(Twins):
    """Each rule does one thing to both, and compares how they took it."""

    @rule(channel=channels, order=orders, confirm=st.booleans())
    def book(self, channel: str, order: list[tuple[str, int]], *, confirm: bool) -> None:
        made: list[int] = []

        def real() -> None:
            answer = sales.book(self.stage.order(order, channel, confirm=confirm), by=SYSTEM)
            made.append(id_of(answer))

        counted = "sold" if confirm else "held"
        self.both(real, lambda: self.model.book(channel, order, counted, 0))
        if made:
            self.model.bookings[made[0]] = self.model.bookings.pop(0)

    @precondition(lambda self: self.model.bookings)
    @rule(index=bookings)
    def confirm(self, index: int) -> None:
        number = self.pick(index)
        self.both(lambda: sales.confirm(number, by=SYSTEM), lambda: self.model.confirm(number))

    @precondition(lambda self: self.model.bookings)
    @rule(index=bookings, seconds=st.sampled_from((0, 60, LONGEST // 2, LONGEST, LONGEST + 1)))
    def extend(self, index: int, seconds: int) -> None:
        number = self.pick(index)
        self.both(
            lambda: sales.extend(number, by=SYSTEM, seconds=seconds),
            lambda: self.model.extend(number, seconds, LONGEST),
        )

    @precondition(lambda self: self.model.bookings)
    @rule(
        index=bookings,
        keep=st.dictionaries(st.integers(1, 3), st.integers(0, 6), max_size=2),
        added=st.lists(st.tuples(items, st.integers(0, 4)), max_size=2),
    )
    def amend(self, index: int, keep: dict[int, int], added: list[tuple[str, int]]) -> None:
        number = self.pick(index)
        changes = [LineChange(line, tickets) for line, tickets in keep.items()]
        additions = [OrderLine(self.stage.items[item].pk, tickets) for item, tickets in added]
        self.both(
            lambda: sales.amend(number, by=SYSTEM, changes=changes, additions=additions),
            lambda: self.model.amend(number, keep, added),
        )

    @precondition(lambda self: self.model.bookings)
    @rule(index=bookings)
    def cancel(self, index: int) -> None:
        number = self.pick(index)
        self.both(
            lambda: sales.cancel(number, by=SYSTEM, reason="test"),
            lambda: self.model.cancel(number, None),
        )

    @precondition(lambda self: self.model.bookings)
    @rule(
        index=bookings,
        tickets=st.dictionaries(st.integers(1, 3), st.integers(0, 4), max_size=2),
    )
    def refund_in_part(self, index: int, tickets: dict[int, int]) -> None:
        number = self.pick(index)
        self.both(
            lambda: sales.cancel(number, by=SYSTEM, reason="test", lines=tickets),
            lambda: self.model.cancel(number, tickets),
        )

    @precondition(lambda self: self.model.bookings)
    @rule(index=bookings)
    def let_time_pass(self, index: int) -> None:
        number = self.pick(index)
        if self.model.bookings[number].status == "ON_HOLD":
            let_expire(number)
            self.model.bookings[number].due = True

    @rule()
    def sweep(self) -> None:
        assert expire_due(event_id=self.stage.event.pk) == self.model.expire()
