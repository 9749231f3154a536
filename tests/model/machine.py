"""Random operations on the real services and on the plain model: after each, both agree."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from allocations import services
from allocations.enums import Closes, Draws, Opens
from allocations.models import Listing, Movement, SalesChannel, Stock
from allocations.plans import services as plans
from allocations.plans.release import release_pool
from allocations.plans.spec import Group, Line, PlanSpec
from common.actor import SYSTEM
from common.errors import RefusedError
from events.enums import EventStatus
from events.models import Event, Item
from sales import limits
from sales import services as sales
from sales.expiry import expire_due
from sales.models import Booking
from sales.orders import LineChange, OrderLine
from tests.factories import id_of, let_expire, make_stage
from tests.model.domain import Domain
from tests.model.records import LIMIT, OPEN, OWN, Key, Part, Refused, Row
from tests.proofs import assert_reconciled

POOLS = {"GA": 14, "Car park": 6}
TAKES = {"Ticket": {"GA": 1}, "Bundle": {"GA": 1, "Car park": 1}, "Family": {"GA": 4}}
MOST = {"Family": 3}
CHANNELS = ("web", "desk", "partner")
GROUP = "partners"  # the named open row of each pool
GIVEN = {("GA", "web"): 4, ("Car park", "web"): 2, ("GA", "desk"): 2}
LONGEST = 3600

# (from, until) in hours from now → may the channel draw now?
WINDOWS = {(None, None): True, (-1, 1): True, (1, 2): False, (-2, -1): False, (None, 1): True}

pools = st.sampled_from(list(POOLS))
items = st.sampled_from(list(TAKES))
channels = st.sampled_from(CHANNELS)
orders = st.lists(st.tuples(items, st.integers(1, 5)), min_size=1, max_size=3)
bookings = st.integers(0, 40)
own_rows = st.tuples(st.just(OWN), pools, channels)
open_rows = st.tuples(st.just(OPEN), pools, st.sampled_from(("", GROUP)))

Refusal = TypeVar("Refusal", bound=Exception)


def hours(offset: int | None) -> datetime | None:
    return None if offset is None else datetime.now(tz=UTC) + timedelta(hours=offset)


Window = tuple[int | None, int | None]
RowChange = tuple[Part, Window]


def plan_parts(draws_on: st.SearchStrategy[str | None]) -> st.SearchStrategy[RowChange]:
    """Lines of plans, each with the window in which it may draw."""

    def part(
        draws_on: str | None, window: Window, units: int, ceiling: int | None, back: bool | None
    ) -> RowChange:
        may_draw_now = WINDOWS[window] if draws_on is not None else True
        return Part(units, draws_on, may_draw_now, ceiling, back), window

    return st.builds(
        part,
        draws_on,
        st.sampled_from(list(WINDOWS)),
        st.integers(0, 8),
        st.none() | st.integers(3, 20),
        st.sampled_from((None, None, True, True, True, False)),
    )


def moment_of(part: Part) -> datetime | None:
    return None if part.goes_back is None else hours(1 if part.goes_back else -1)


def opening(window: Window) -> dict[str, Any]:
    """The terms of a line that draws within a window."""
    start, end = hours(window[0]), hours(window[1])
    return {
        "opens": Opens.AT if start else Opens.AT_ONCE,
        "opens_at": start,
        "closes": Closes.AT if end else Closes.NEVER,
        "closes_at": end,
    }


class Machine(RuleBasedStateMachine):
    """Each rule does one thing to both, and compares how they took it."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = make_stage(pools=POOLS, items=TAKES, channels=CHANNELS, give=GIVEN)
        for name, maximum in MOST.items():
            self.stage.items[name].max_per_booking = maximum
            self.stage.items[name].save()
        rows: dict[Key, Row] = {}
        for pool, capacity in POOLS.items():
            given = sum(units for (of, _channel), units in GIVEN.items() if of == pool)
            with transaction.atomic():
                services.named_row(pool=self.stage.pools[pool], name=GROUP)
            rows[OPEN, pool, ""] = Row(capacity - given)
            rows[OPEN, pool, GROUP] = Row()
            for channel in CHANNELS:
                self.stage.row(pool, channel)
                rows[OWN, pool, channel] = Row(GIVEN.get((pool, channel), 0))
        self.model = Domain(TAKES, MOST, dict(POOLS), rows)

    def both(self, real: Callable[[], object], model: Callable[[], object]) -> None:
        """Do it to both; they accept it, or refuse it alike and nothing has changed."""
        lines, swept = Movement.objects.count(), self.model.swept
        expected, refusal = self.refusal_of(model, Refused), self.refusal_of(real, RefusedError)
        said = refusal and (refusal.code, refusal.detail, refusal.numbers)
        assert (refusal and refusal.code) == (expected and expected.code), said
        if refusal and expected and expected.numbers:
            numbers = {name: refusal.numbers[name] for name in ("asked", "sellable", "limited_by")}
            assert numbers in expected.numbers
        if refusal and swept == self.model.swept:
            assert Movement.objects.count() == lines

    def refusal_of(self, act: Callable[[], object], kind: type[Refusal]) -> Refusal | None:
        try:
            act()
        except kind as refusal:
            return refusal
        return None

    def pick(self, index: int) -> int:
        """One of the bookings there are."""
        return list(self.model.bookings)[index % len(self.model.bookings)]

    def stock(self, key: Key) -> Stock:
        kind, pool, name = key
        return self.stage.row(pool, name) if kind == OWN else self.stage.open_row(pool, name)

    # --- Bookings ---------------------------------------------------------------------------

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

    # --- Set-up -----------------------------------------------------------------------------

    @rule(pool=pools, capacity=st.integers(-1, 25))
    def set_capacity(self, pool: str, capacity: int) -> None:
        def real() -> None:
            with transaction.atomic():
                services.set_capacity(
                    pool=self.stage.pools[pool], capacity=capacity, by=SYSTEM, reason="test"
                )

        self.both(real, lambda: self.model.set_capacity(pool, capacity))

    @rule(
        giver=own_rows | open_rows,
        taker=own_rows | open_rows,
        same_pool=st.sampled_from((True, True, True, False)),
        units=st.integers(0, 8),
    )
    def move(self, giver: Key, taker: Key, units: int, *, same_pool: bool) -> None:
        if same_pool:
            taker = (taker[0], giver[1], taker[2])
        source, target = self.stock(giver), self.stock(taker)

        def real() -> None:
            with transaction.atomic():
                services.move_quantity(
                    source=source, target=target, units=units, by=SYSTEM, reason="test"
                )

        self.both(real, lambda: self.model.move(giver, taker, units))

    @rule(
        key=own_rows,
        draws_on=st.none() | open_rows | open_rows,
        same_pool=st.sampled_from((True, True, True, False)),
        window=st.sampled_from(list(WINDOWS)),
        ceiling=st.none() | st.integers(-1, 20),
    )
    def set_drawing(
        self,
        key: Key,
        draws_on: Key | None,
        window: tuple[int | None, int | None],
        ceiling: int | None,
        *,
        same_pool: bool,
    ) -> None:
        if draws_on and same_pool:
            draws_on = (OPEN, key[1], draws_on[2])
        row = self.stock(key)
        on = self.stock(draws_on) if draws_on else None

        def real() -> None:
            with transaction.atomic():
                services.set_drawing(
                    row=row,
                    draws_on=on,
                    draws_from=hours(window[0]),
                    draws_until=hours(window[1]),
                    ceiling=ceiling,
                    by=SYSTEM,
                    reason="test",
                )

        self.both(
            real,
            lambda: self.model.set_drawing(
                key, draws_on, may_draw_now=WINDOWS[window], ceiling=ceiling
            ),
        )

    @rule(
        pool=pools,
        parts=st.dictionaries(channels, plan_parts(st.sampled_from((None, "", GROUP)))),
        shared=plan_parts(st.none()),
    )
    def apply_plan(
        self, pool: str, parts: dict[str, tuple[Part, Window]], shared: RowChange
    ) -> None:
        lines = [
            Line(
                channel_id=self.stage.channels[channel].pk,
                units=part.units,
                draws={None: Draws.NONE, "": Draws.GENERAL}.get(part.draws_on, Draws.GROUP),
                group=part.draws_on or "",
                ceiling=part.ceiling,
                releases_at=moment_of(part),
                **(opening(window) if part.draws_on is not None else {}),
            )
            for channel, (part, window) in parts.items()
        ]
        group = Group(name=GROUP, units=shared[0].units, releases_at=moment_of(shared[0]))

        def real() -> None:
            with transaction.atomic():
                plans.apply_plan(
                    pool=self.stage.pools[pool],
                    spec=PlanSpec(lines, [group]),
                    by=SYSTEM,
                    reason="test",
                    now=datetime.now(tz=UTC),
                )

        own = {channel: part for channel, (part, _window) in parts.items()}
        self.both(real, lambda: self.model.apply_plan(pool, own, GROUP, shared[0]))

    @rule(pool=pools)
    def let_unsold_stock_go_back(self, pool: str) -> None:
        stock = Stock.objects.filter(pool=self.stage.pools[pool], releases_at__isnull=False)
        stock.update(releases_at=hours(-1))
        release_pool(self.stage.pools[pool].pk, datetime.now(tz=UTC))
        self.model.release(pool, GROUP)

    @rule(item=items, limit=st.none() | st.integers(-1, 12))
    def set_item_limit(self, item: str, limit: int | None) -> None:
        def real() -> None:
            with transaction.atomic():
                owner = Item.objects.get(pk=self.stage.items[item].pk)
                limits.set_item_limit(item=owner, limit=limit, by=SYSTEM, reason="test")

        self.both(real, lambda: self.model.set_limit(item, "", limit))

    @rule(item=items, channel=channels, limit=st.none() | st.integers(-1, 8))
    def set_listing_limit(self, item: str, channel: str, limit: int | None) -> None:
        def real() -> None:
            with transaction.atomic():
                listing = self.stage.listing(item, channel)
                limits.set_listing_limit(listing=listing, limit=limit, by=SYSTEM, reason="test")

        self.both(real, lambda: self.model.set_limit(item, channel, limit))

    @rule(
        status=st.sampled_from(
            (EventStatus.PAUSED, EventStatus.CANCELLED, *[EventStatus.ON_SALE] * 4)
        )
    )
    def set_status(self, status: EventStatus) -> None:
        event = Event.objects.get(pk=self.stage.event.pk)
        event.status = status
        event.save()
        self.model.status = status

    @rule(
        what=st.one_of(
            st.just(("event",)),
            st.tuples(st.just("channel"), channels),
            st.tuples(st.just("item"), items),
            st.tuples(st.just("listing"), items, channels),
        ),
        stop=st.sampled_from((True, False, False)),
    )
    def stop_sell(self, what: tuple[str, ...], *, stop: bool) -> None:
        owner: Event | Item | Listing | SalesChannel
        match what:
            case ("event",):
                owner = Event.objects.get(pk=self.stage.event.pk)
            case ("channel", channel):
                owner = self.stage.channels[channel]
            case ("item", item):
                owner = Item.objects.get(pk=self.stage.items[item].pk)
            case (_, item, channel):
                owner = self.stage.listing(item, channel)
            case _:
                raise AssertionError(what)
        owner.stop_reason = "Storm" if stop else ""
        owner.save()
        (self.model.stopped.add if stop else self.model.stopped.discard)(what)

    @rule(item=items, channel=channels, is_on=st.sampled_from((True, True, False)))
    def offer(self, item: str, channel: str, *, is_on: bool) -> None:
        listing = self.stage.listing(item, channel)
        listing.is_on = is_on
        listing.save()
        (self.model.off.discard if is_on else self.model.off.add)((item, channel))

    # --- After each step --------------------------------------------------------------------

    @invariant()
    def every_row_says_what_the_model_says(self) -> None:
        real: dict[Key, tuple[int, ...]] = {}
        found = Stock.objects.filter(event=self.stage.event).values_list(
            "kind", "pool__name", "channel__name", "name", "item__name", "listing__item__name",
            "listing__channel__name", "quantity", "held", "sold", "drawn",
        )  # fmt: skip
        for kind, pool, channel, name, item, listed, listed_by, *numbers in found:
            key = (kind, pool or item or listed, channel or name or listed_by or "")
            real[key] = tuple(numbers)
        model = {
            key: (row.quantity, row.held, row.sold, row.drawn)
            for key, row in self.model.rows.items()
        }
        # The counter of a limit that was never set, or was refused, may or may not exist.
        empty = {key for key in real if key[0] == LIMIT and key not in model}
        assert all(real.pop(key) == (0, 0, 0, 0) for key in empty)
        assert real == model

    @invariant()
    def every_booking_says_what_the_model_says(self) -> None:
        found = Booking.objects.filter(event=self.stage.event).prefetch_related("lines__item")
        real = {
            booking.pk: (
                booking.status,
                [(n.number, n.item.name, n.quantity, n.refunded) for n in booking.lines.all()],
            )
            for booking in found
        }
        assert real == {
            number: (
                booking.status,
                [(line.number, line.item, line.quantity, line.refunded) for line in booking.lines],
            )
            for number, booking in self.model.bookings.items()
        }

    def teardown(self) -> None:
        assert_reconciled()
