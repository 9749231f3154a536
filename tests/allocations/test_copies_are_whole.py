"""No column of an event's set-up is forgotten in a copy, not even one that is added later."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Field, Model

from allocations import services
from allocations.copying import copy_event
from allocations.models import Listing, Stock
from common.actor import SYSTEM
from events.enums import ItemKind, UnitType
from events.models import Component, Event, Item, Pool, Series
from sales import limits
from tests.factories import Stage, make_stage, make_venue
from tests.kept import kept

pytestmark = pytest.mark.django_db

START = datetime(2026, 10, 5, 19, 30, tzinfo=ZoneInfo("Europe/Berlin"))
# Both on summer time: every moment is so much later in the copy.
LATER = timedelta(days=14)

# What is a copy's own, or begins anew. Every other column is the same again.
OWN: dict[type[Model], set[str]] = {
    Event: {"id", "status", "stop_reason", "config_version", "modified_at"},
    Pool: {"id", "event"},
    Item: {"id", "event", "stop_reason"},
    Component: {"id"},
    Listing: {"id", "event", "stop_reason"},
    Stock: {"id", "event", "version", "held", "sold", "drawn"},
}


@kept
def stage() -> Stage:
    """Every column that is copied has somewhere another value than a new row has by itself."""
    made = make_stage(
        venue=make_venue(time_zone="Europe/Berlin"),
        pools={"GA": 100, "Car park": 30},
        items={"Ticket": {"GA": 1}, "Pack": {"GA": 4, "Car park": 1}},
        channels=("web", "agent"),
        give={("GA", "web"): 40, ("Car park", "web"): 30},
        starts_at=START,
        ends_at=START + timedelta(hours=3),
        all_day=True,
        opens_at=time(10),
        closes_at=time(18),
        sales_from=START - timedelta(days=20),
        sales_until=START,
    )
    Event.objects.filter(pk=made.event.pk).update(
        series=Series.objects.create(venue=made.event.venue, name="Nights")
    )
    Pool.objects.filter(name="Car park").update(position=1)
    Item.objects.filter(name="Pack").update(
        kind=ItemKind.EARLY_BIRD,
        unit_type=UnitType.CHILD,
        min_per_booking=2,
        max_per_booking=8,
        sales_from=START - timedelta(days=10),
        sales_until=START - timedelta(days=1),
        position=1,
    )
    Listing.objects.filter(pk=made.listing().pk).update(
        price_floor="8.00",
        price_ceiling="12.00",
        sales_from=START - timedelta(days=9),
        sales_until=START - timedelta(hours=2),
        is_on=False,
    )
    with transaction.atomic():
        shared = services.named_row(pool=made.pools["GA"], name="all partners")
        services.move_quantity(
            source=made.open_row(), target=shared, units=20, by=SYSTEM, reason="test"
        )
        limits.set_item_limit(item=made.items["Pack"], limit=25, by=SYSTEM, reason="test")
        limits.set_listing_limit(listing=made.listing(), limit=35, by=SYSTEM, reason="test")
    made.draw(
        "agent",
        on="all partners",
        draws_from=START - timedelta(days=8),
        draws_until=START - timedelta(days=3),
        ceiling=18,
    )
    Stock.objects.filter(pk=made.row(channel="agent").pk).update(
        releases_at=START - timedelta(days=2)
    )
    return made


def rows_of(model: type[Model], event: Event) -> list[Any]:
    """In the order in which they were made."""
    path = {Event: "pk", Component: "item__event"}.get(model, "event")
    return list(model._default_manager.filter(**{path: event.pk}).order_by("pk"))


def copied_columns(model: type[Model]) -> Iterator["Field[Any, Any]"]:
    return (field for field in model._meta.concrete_fields if field.name not in OWN[model])


def value(row: Model, field: "Field[Any, Any]", shift: timedelta) -> object:
    """Of a relation, what people call its target; of a moment, when it is in the copy."""
    found = getattr(row, field.name)
    if field.is_relation:
        return found and str(found)
    return found + shift if isinstance(found, datetime) else found


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_every_column_is_copied(model: type[Model], stage: Stage) -> None:
    with transaction.atomic():
        (made,) = copy_event(
            event_id=stage.event.pk,
            starts=[START + LATER],
            by=SYSTEM,
            reason="Season",
            now=START - timedelta(days=30),
        )
    originals, copies = rows_of(model, stage.event), rows_of(model, made)
    for field in copied_columns(model):
        wanted = [value(row, field, LATER) for row in originals]
        assert set(wanted) != {field.get_default()}, f"the original says nothing in {field}"
        assert [value(row, field, timedelta()) for row in copies] == wanted, str(field)


def test_the_columns_that_are_a_copys_own_are_there() -> None:
    for model, own in OWN.items():
        assert own <= {field.name for field in model._meta.concrete_fields}


def test_all_that_hangs_on_an_event_or_its_parts_is_looked_at() -> None:
    """Of set-up, that is: sales and history are not copied."""
    found = {
        relation.related_model
        for model in OWN
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label in {"events", "allocations"}
        and not relation.related_model.__name__.startswith("Historical")
    }
    # Plans are copied by other rules, which have tests of their own.
    copied_otherwise = {"AllocationPlan"}
    assert {model.__name__ for model in found - set(OWN)} == {
        "Kill",
        "Movement",
        "SafetyBuffer",
        "UnreportedSales",
        *copied_otherwise,
    }
