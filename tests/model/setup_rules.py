"""What may happen to the set-up of an event, on the real services and on the plain model."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from allocations import services
from allocations.enums import Closes, Draws, Opens
from allocations.models import Listing, SalesChannel, Stock
from allocations.plans import services as plans
from allocations.plans.release import release_pool
from allocations.plans.spec import Group, Line, PlanSpec
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event, Item
from sales import limits
from tests.model.records import OPEN, OWN, Key, Part
from tests.model.twins import GROUP, Twins, channels, items, pools

# (from, until) in hours from now → may the channel draw now?
WINDOWS = {(None, None): True, (-1, 1): True, (1, 2): False, (-2, -1): False, (None, 1): True}

own_rows = st.tuples(st.just(OWN), pools, channels)
open_rows = st.tuples(st.just(OPEN), pools, st.sampled_from(("", GROUP)))

Window = tuple[int | None, int | None]
RowChange = tuple[Part, Window]


def hours(offset: int | None) -> datetime | None:
    return None if offset is None else datetime.now(tz=UTC) + timedelta(hours=offset)


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


class SetupRules(Twins):
    """Each rule does one thing to both, and compares how they took it."""

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
