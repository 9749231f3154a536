"""Events that are postponed and copied while others sell them, postpone them and copy them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from allocations.copying import copy_event
from allocations.models import Stock
from allocations.postponing import postpone_event
from allocations.services import move_quantity
from common.actor import SYSTEM
from events.errors import DateTakenError
from events.models import Event as Date
from events.models import Series
from sales.errors import SoldOutError
from tests.concurrency.race import errors_of, race
from tests.concurrency.selling import chance_of, wait_for_more
from tests.factories import Stage, make_stage
from tests.proofs import assert_reconciled

CHANNELS = ("web", "agent", "desk")


def drawing() -> Stage:
    """Three channels that all draw on shared stock, whose row is younger than theirs."""
    stage = make_stage(pools={"GA": 2_000}, channels=CHANNELS, give={})
    for channel in CHANNELS:
        ends = stage.event.starts_at - timedelta(hours=24)
        stage.draw(channel, on="all", draws_until=ends)
    with transaction.atomic():
        move_quantity(
            source=stage.open_row(),
            target=stage.open_row(name="all"),
            units=2_000,
            by=SYSTEM,
            reason="test",
        )
    return stage


def test_an_event_is_postponed_again_and_again_while_every_channel_draws() -> None:
    stage = drawing()
    over, booked = Event(), list[int]()

    def sell(seed: int) -> None:
        chance = chance_of(seed)
        try:
            for _ in range(40):
                booked.append(stage.hold(channel=chance.choice(CHANNELS)))
        finally:
            over.set()

    def postpone() -> None:
        start = stage.event.starts_at
        while not over.is_set():
            start += timedelta(days=1)
            with transaction.atomic():
                postpone_event(
                    event_id=stage.event.pk,
                    starts_at=start,
                    by=SYSTEM,
                    reason="Storm",
                    now=timezone.now(),
                )
            wait_for_more(booked, over)

    sellers: list[Callable[[], None]] = [partial(sell, seed) for seed in range(6)]
    outcomes = race([*sellers, postpone])
    assert errors_of(outcomes, SoldOutError) == []
    event = Date.objects.get(pk=stage.event.pk)
    ends = set(Stock.objects.filter(channel__isnull=False).values_list("draws_until", flat=True))
    assert event.starts_at > stage.event.starts_at
    assert ends == {event.starts_at - timedelta(hours=24)}
    assert_reconciled()


@pytest.mark.parametrize("own_series", [True, False])
def test_of_those_who_copy_to_one_date_at_once_one_does(*, own_series: bool) -> None:
    stage = make_stage()
    if own_series:
        series = Series.objects.create(venue=stage.event.venue, name="Nights")
        Date.objects.filter(pk=stage.event.pk).update(series=series)
    start = stage.event.starts_at + timedelta(days=7)

    def copy() -> None:
        with transaction.atomic():
            copy_event(
                event_id=stage.event.pk,
                starts=[start],
                by=SYSTEM,
                reason="Season",
                now=timezone.now(),
            )

    outcomes = race([copy] * 6)
    assert errors_of(outcomes, DateTakenError) == []
    assert Date.objects.filter(starts_at=start).count() == 1
    assert Series.objects.count() == 1
    assert_reconciled()
