"""One event in the database and the same event in the plain model, and how both are asked the same."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from allocations import services
from allocations.models import Movement, Stock
from common.errors import RefusedError
from tests.factories import make_stage
from tests.model.domain import Domain
from tests.model.records import OPEN, OWN, Key, Refused, Row

POOLS = {"GA": 14, "Car park": 6}
TAKES = {"Ticket": {"GA": 1}, "Bundle": {"GA": 1, "Car park": 1}, "Family": {"GA": 4}}
MOST = {"Family": 3}
CHANNELS = ("web", "desk", "partner")
GROUP = "partners"  # the named open row of each pool
GIVEN = {("GA", "web"): 4, ("Car park", "web"): 2, ("GA", "desk"): 2}

pools = st.sampled_from(list(POOLS))
items = st.sampled_from(list(TAKES))
channels = st.sampled_from(CHANNELS)

Refusal = TypeVar("Refusal", bound=Exception)


class Twins(RuleBasedStateMachine):
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
