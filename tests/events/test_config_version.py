"""The version of an event's set-up: raised by every change of it, and by nothing else."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import services
from allocations.models import Listing, SalesChannel, Stock
from allocations.setup import KEPT, EventSetup, _kept, kept_setup, setup_of
from common.actor import SYSTEM
from events.models import Component, Event, Item, Pool, Venue
from sales import limits
from sales import services as sales
from sales.expiry import expire_due
from tests.factories import Stage, let_expire, make_channel, make_item, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    stage = make_stage(give={("GA", "web"): 60})
    services.named_row(pool=stage.pools["GA"], name="partners")
    make_channel(stage.event.venue, "other")
    return stage


def version_of(stage: Stage) -> int:
    return Event.objects.values_list("config_version", flat=True).get(pk=stage.event.pk)


def save(instance: Any, **fields: object) -> None:
    for name, value in fields.items():
        setattr(instance, name, value)
    instance.save()


# Each kind of change, by service, by model and by a bulk update.
CHANGES: dict[str, Callable[[Stage], object]] = {
    "event": lambda s: save(Event.objects.get(pk=s.event.pk), status="PAUSED"),
    "event in bulk": lambda _s: Event.objects.update(stop_reason="Storm"),
    "venue": lambda _s: Venue.objects.update(time_zone="Europe/Rome"),
    "pool": lambda s: save(s.pools["GA"], name="Standing"),
    "capacity": lambda s: services.set_capacity(
        pool=s.pools["GA"], capacity=120, by=SYSTEM, reason="more"
    ),
    "new pool": lambda s: services.add_pool(event=s.event, name="B", capacity=5, by=SYSTEM),
    "item": lambda s: save(s.items["Ticket"], max_per_booking=4),
    "item in bulk": lambda _s: Item.objects.update(stop_reason="Storm"),
    "new item": lambda s: make_item(s.event, "New", {}),
    "item gone": lambda s: make_item(s.event, "New", {}).delete(),
    "component": lambda _s: Component.objects.update(units=2),
    "component gone": lambda _s: Component.objects.all().delete(),
    "listing": lambda s: save(s.listing(), price=Decimal(12)),
    "listing in bulk": lambda _s: Listing.objects.update(is_on=False),
    "listing gone": lambda s: s.listing().delete(),
    "new listing": lambda s: services.list_item(
        item=s.items["Ticket"], channel=SalesChannel.objects.get(name="other"), price=Decimal(1)
    ),
    "channel": lambda s: save(s.channels["web"], stop_reason="Fraud"),
    "channel in bulk": lambda _s: SalesChannel.objects.update(settlement_days=30),
    "drawing": lambda s: s.draw(),
    "ceiling": lambda s: s.draw(ceiling=80),
    "draw window": lambda s: s.draw(draws_from=timezone.now() + timedelta(days=1)),
    "item limit": lambda s: limits.set_item_limit(
        item=s.items["Ticket"], limit=50, by=SYSTEM, reason="cap"
    ),
    "listing limit": lambda s: limits.set_listing_limit(
        listing=s.listing(), limit=50, by=SYSTEM, reason="cap"
    ),
    "new stock row": lambda s: services.channel_row(
        pool=s.pools["GA"], channel=SalesChannel.objects.get(name="other")
    ),
    "named row": lambda s: services.named_row(pool=s.pools["GA"], name="sponsors"),
    "named row gone": lambda _s: Stock.objects.get(name="partners").delete(),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_change_of_the_set_up_raises_the_version(stage: Stage, change: str) -> None:
    before = version_of(stage)
    CHANGES[change](stage)
    assert version_of(stage) > before


def test_sales_and_moves_of_units_leave_the_version(stage: Stage) -> None:
    stage.draw()
    before = version_of(stage)
    hold = stage.hold([("Ticket", 70)])
    sales.extend(hold, by=SYSTEM)
    sales.confirm(hold, by=SYSTEM)
    sales.cancel(hold, by=SYSTEM, reason="test", lines={1: 1})
    sales.cancel(hold, by=SYSTEM, reason="test")
    let_expire(stage.hold())
    assert expire_due() == 1
    services.move_quantity(
        source=stage.row(), target=stage.open_row(), units=5, by=SYSTEM, reason="test"
    )
    assert version_of(stage) == before


def test_a_change_of_another_event_leaves_the_version(stage: Stage) -> None:
    other = make_stage()
    before = version_of(stage)
    save(other.listing(), price=Decimal(12))
    save(other.event, stop_reason="Storm")
    assert version_of(stage) == before


def test_the_version_is_never_taken_from_the_writer(stage: Stage) -> None:
    stale = Event.objects.get(pk=stage.event.pk)
    save(stage.listing(), price=Decimal(12))
    before = version_of(stage)
    save(stale, name="Renamed")
    assert version_of(stage) > before


def test_a_set_up_read_in_a_transaction_that_failed_is_never_taken_for_a_later_one(
    stage: Stage,
) -> None:
    class UndoneError(Exception):
        pass

    def change_read_and_fail() -> None:
        with transaction.atomic():
            save(stage.listing(), price=Decimal(99))
            assert setup_of(stage.event.pk, version_of(stage)).config_version == version_of(stage)
            raise UndoneError

    with pytest.raises(UndoneError):
        change_read_and_fail()
    save(stage.listing(), price=Decimal(12))
    assert stage.sell().data["lines"][0]["unit_price"] == "12.00"


def test_a_set_up_is_read_once_a_version(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.sell()
    found = kept_setup(stage.event.pk)
    assert found is not None
    monkeypatch.setattr(EventSetup, "load", None)
    stage.sell()
    assert setup_of(stage.event.pk, version_of(stage)) is found


def test_a_process_keeps_so_many_set_ups_and_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allocations.setup.KEPT", 1)
    assert KEPT == 500
    stage.sell()
    other = make_stage()
    other.sell()
    assert list(_kept) == [other.event.pk]
    assert kept_setup(stage.event.pk) is None


def test_pools_stay_readable_by_name(stage: Stage) -> None:
    setup = setup_of(stage.event.pk, version_of(stage))
    assert setup.pool_names == {pool.pk: pool.name for pool in Pool.objects.all()}
