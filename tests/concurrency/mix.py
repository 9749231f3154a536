"""Sellers, and people who change the set-up while they sell, for as long as they sell."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from threading import Event, Lock

from django.db import transaction

from allocations import services
from allocations.models import Listing, Stock
from common.actor import SYSTEM
from common.errors import RefusedError
from events.models import Component, Item
from sales import limits
from sales import services as sales
from sales.expiry import expire_due
from sales.orders import LineChange, OrderLine
from tests.concurrency.race import Outcome, race
from tests.concurrency.selling import chance_of
from tests.factories import Stage, id_of, let_expire, make_item, make_stage

POOLS = ("GA", "Balcony", "Car park")
CHANNELS = ("web", "desk")


def three_pools(each: int) -> Stage:
    """Two channels, each with a quarter of every pool, which draw on the rest of it."""
    stage = make_stage(
        pools=dict.fromkeys(POOLS, each),
        items={
            "Ticket": {"GA": 1},
            "Seat": {"Balcony": 1},
            "Parking": {"Car park": 1},
            "Bundle": {"Car park": 1, "GA": 1},
        },
        channels=CHANNELS,
        give={(pool, channel): each // 4 for pool in POOLS for channel in CHANNELS},
    )
    for pool in POOLS:
        for channel in CHANNELS:
            stage.draw(channel, pool)
    return stage


class Mix:
    """A sale in all its forms, and every change of set-up there is, at once."""

    def __init__(self, stage: Stage, *, sellers: int, rounds: int) -> None:
        self.stage = stage
        self.items = list(stage.items)
        self.rounds = rounds
        self.sellers = sellers
        self.changes: dict[str, int] = {}
        self._selling = sellers
        self._over = Event()
        self._guard = Lock()
        self._rows = list(Stock.objects.filter(pool=stage.pools["GA"]))
        self._listings = list(Listing.objects.filter(event=stage.event))
        self._unsold = make_item(stage.event, "Not yet sold", {stage.pools["GA"]: 1})

    def run(self) -> list[Outcome[int]]:
        """The outcomes of the sellers, then of those who disturb them."""
        changes = (
            self.set_capacity,
            self.move,
            self.allocate,
            self.set_drawing,
            self.set_limit,
            self.edit_component,
            self.set_price,
        )
        sellers = [lambda seed=seed: self.sell(seed) for seed in range(self.sellers)]
        return race([*sellers, *(self._disturber(act) for act in changes), self.sweep, self.sweep])

    def sell(self, seed: int) -> int:
        """Hold, confirm, amend and give back; returns how often that was possible."""
        chance, done = chance_of(seed), 0
        try:
            for _ in range(self.rounds):
                lines = [(item, chance.randint(1, 3)) for item in chance.sample(self.items, 2)]
                order = self.stage.order(
                    lines, chance.choice(CHANNELS), confirm=chance.random() < 0.4
                )
                try:
                    self._go_on(id_of(sales.book(order, by=SYSTEM)), chance)
                except RefusedError:
                    continue
                done += 1
        finally:
            with self._guard:
                self._selling -= 1
                if not self._selling:
                    self._over.set()
        return done

    def _go_on(self, booked: int, chance: Random) -> None:
        match chance.randrange(5):
            case 0:
                sales.cancel(booked, by=SYSTEM, reason="test")
            case 1:
                added = OrderLine(self.stage.items[chance.choice(self.items)].pk, 1)
                change = LineChange(1, chance.randint(0, 3))
                sales.amend(booked, by=SYSTEM, changes=[change], additions=[added])
            case 2:
                sales.confirm(booked, by=SYSTEM)
            case 3:
                let_expire(booked)

    def _disturber(self, act: Callable[[Random], None]) -> Callable[[], int]:
        """A job that changes something again and again while the sale goes on."""

        def work() -> int:
            chance, done = chance_of(act.__name__), 0
            while not self._over.is_set():
                try:
                    with transaction.atomic():
                        act(chance)
                except RefusedError:
                    continue
                done += 1
            self.changes[act.__name__] = done
            return done

        return work

    def sweep(self) -> int:
        ended = 0
        while not self._over.is_set():
            ended += expire_due()
        return ended

    def set_capacity(self, chance: Random) -> None:
        pool = self.stage.pools[chance.choice(POOLS)]
        capacity = chance.randint(380, 420)
        services.set_capacity(pool=pool, capacity=capacity, by=SYSTEM, reason="test")

    def move(self, chance: Random) -> None:
        source, target = chance.sample(self._rows, 2)
        services.move_quantity(source=source, target=target, units=1, by=SYSTEM, reason="test")

    def allocate(self, chance: Random) -> None:
        services.allocate(
            pool=self.stage.pools["GA"],
            channel=self.stage.channels[chance.choice(CHANNELS)],
            units=1,
            by=SYSTEM,
            reason="test",
        )

    def set_drawing(self, chance: Random) -> None:
        pool = chance.choice(POOLS)
        services.set_drawing(
            row=self.stage.row(pool, chance.choice(CHANNELS)),
            draws_on=chance.choice((None, self.stage.open_row(pool))),
            by=SYSTEM,
            reason="test",
        )

    def set_limit(self, chance: Random) -> None:
        limit = chance.choice((None, 1_000, 2_000))
        if chance.random() < 0.5:
            item = Item.objects.get(pk=self.stage.items[chance.choice(self.items)].pk)
            limits.set_item_limit(item=item, limit=limit, by=SYSTEM, reason="test")
        else:
            listing = Listing.objects.get(pk=chance.choice(self._listings).pk)
            limits.set_listing_limit(listing=listing, limit=limit, by=SYSTEM, reason="test")

    def edit_component(self, chance: Random) -> None:
        component = Component.objects.get(item=self._unsold)
        component.units = chance.randint(1, 5)
        component.save()

    def set_price(self, chance: Random) -> None:
        listing = Listing.objects.get(pk=chance.choice(self._listings).pk)
        listing.price = Decimal(chance.randint(5, 50))
        # Not the limit, which another changes at this moment.
        listing.save(update_fields=["price"])
