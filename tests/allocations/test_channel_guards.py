"""What the database refuses of channels and listings."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from allocations import services
from allocations.enums import ChannelKind, ChannelPlace, Pricing
from allocations.models import Listing, SalesChannel, Stop
from allocations.stop_sell import stop_selling
from common.actor import SYSTEM
from events.models.moments import EARLIEST, LATEST
from tests.factories import Stage, make_channel, make_item, make_stage, make_venue
from tests.kept import kept
from tests.proofs import execute, violates

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "desk"))


def test_a_channel_has_its_code_and_name_alone_in_its_venue() -> None:
    venue = make_venue()
    make_channel(venue, "web")
    with violates("channel_code_unique_in_venue"):
        make_channel(venue, "Other", code="web")
    with violates("channel_name_unique_in_venue"):
        make_channel(venue, "web", code="other")
    make_channel(make_venue(), "web")


def test_a_channel_stays_with_its_venue() -> None:
    channel = make_channel(make_venue())
    with violates("channel_keeps_its_venue"):
        SalesChannel.objects.filter(pk=channel.pk).update(venue=make_venue())


def test_a_place_belongs_to_its_kind() -> None:
    with violates("channel_place_fits_kind"):
        make_channel(make_venue(), kind=ChannelKind.PARTNER, place=ChannelPlace.KIOSK)
    channel = SalesChannel(kind=ChannelKind.PARTNER, place=ChannelPlace.KIOSK)
    with pytest.raises(ValidationError, match="Partner has: Reseller, Franchise outlet"):
        channel.clean()
    SalesChannel(kind=ChannelKind.PARTNER, place=ChannelPlace.RESELLER).clean()


@pytest.mark.parametrize(("default", "longest"), [(0, 60), (61, 60), (60, 604_801)])
def test_a_default_hold_lies_within_the_longest(default: int, longest: int) -> None:
    with violates("channel_hold_within_longest"):
        make_channel(make_venue(), default_hold_seconds=default, longest_hold_seconds=longest)


@pytest.mark.parametrize(
    "usual",
    [
        {"usual_percent": -1},
        {"usual_percent": 1001},
        {"usual_percent": 90, "usual_floor_percent": 91},
        {"usual_floor_percent": -1},
        {"usual_percent": 90, "usual_ceiling_percent": 89},
        {"usual_ceiling_percent": 1001},
    ],
)
def test_a_usual_price_lies_between_its_bounds(usual: dict[str, Any]) -> None:
    with violates("channel_usual_price_between_bounds"):
        make_channel(make_venue(), **usual)


def test_a_usual_window_is_in_order_and_within_two_years() -> None:
    for hours in (3, 4):
        with violates("channel_usual_window_in_order"):
            make_channel(make_venue(), usual_opens_hours=3, usual_closes_hours=hours)
    beyond: list[dict[str, Any]] = [{"usual_opens_hours": 17_521}, {"usual_closes_hours": 17_521}]
    for hours_of in beyond:
        with violates("channel_usual_hours_within_reason"):
            make_channel(make_venue(), **hours_of)


def test_a_listing_joins_an_item_and_a_channel_of_one_venue_once(stage: Stage) -> None:
    ticket, stranger = stage.items["Ticket"], make_channel(make_venue())
    with violates("listing_within_venue"):
        Listing.objects.create(item=ticket, channel=stranger, price=1)
    with pytest.raises(ValidationError, match="belongs to another venue"), transaction.atomic():
        services.list_item(item=ticket, channel=stranger, price=Decimal(1))
    with violates("listing_once_per_channel"):
        Listing.objects.create(item=ticket, channel=stage.channels["web"], price=1)
    with violates("listing_within_venue"):
        execute("UPDATE allocations_listing SET event_id = %s", make_stage().event.pk)


def test_a_listing_stays_with_its_item_and_channel(stage: Stage) -> None:
    other = make_item(stage.event, "Other", {stage.pools["GA"]: 1})
    with violates("allocations_listing_stays"):
        Listing.objects.filter(pk=stage.listing().pk).update(item=other)
    third = make_channel(stage.event.venue)
    with violates("allocations_listing_stays"):
        Listing.objects.filter(pk=stage.listing().pk).update(channel=third)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"price": Decimal(-1)}, "listing_price_not_negative"),
        ({"price_floor": Decimal(11)}, "listing_price_between_floor_and_ceiling"),
        ({"price_floor": Decimal(-1)}, "listing_price_between_floor_and_ceiling"),
        ({"price_ceiling": Decimal(9)}, "listing_price_between_floor_and_ceiling"),
    ],
)
def test_a_price_is_lawful(stage: Stage, fields: dict[str, Decimal], constraint: str) -> None:
    with violates(constraint):
        Listing.objects.filter(pk=stage.listing().pk).update(**fields)


def test_a_freely_pricing_channel_lists_between_a_floor_and_a_ceiling(stage: Stage) -> None:
    ticket = stage.items["Ticket"]
    free = make_channel(stage.event.venue, pricing=Pricing.FREE)
    bounds: dict[str, Any] = {"price_floor": Decimal(0), "price_ceiling": Decimal(12)}
    sentence = "The channel sets its prices freely: say between which bounds."
    partial: list[dict[str, Any]] = [{}, *({name: bounds[name]} for name in bounds)]
    for given in partial:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            services.list_item(item=ticket, channel=free, price=Decimal(10), **given)
        assert refused.value.message_dict == {
            name: [sentence] for name in bounds if name not in given
        }
    assert not Listing.objects.filter(channel=free).exists()
    with transaction.atomic():
        made = services.list_item(item=ticket, channel=free, price=Decimal(10), **bounds)
    assert (made.price_floor, made.price_ceiling) == (Decimal(0), Decimal(12))


def test_a_listings_window_ends_after_it_starts(stage: Stage) -> None:
    now = timezone.now()
    with violates("listing_sales_window_in_order"):
        Listing.objects.update(sales_from=now, sales_until=now - timedelta(seconds=1))


@pytest.mark.parametrize("field", ["sales_from", "sales_until"])
def test_a_listings_window_lies_within_a_century(stage: Stage, field: str) -> None:
    for moment in (EARLIEST - timedelta(seconds=1), LATEST + timedelta(seconds=1)):
        with violates("listing_dates_within_a_century"):
            Listing.objects.update(**{field: moment})


def test_something_is_stopped_once_and_counts_at_an_event_or_in_a_venue() -> None:
    stage = make_stage()
    stop_selling(target=stage.event, by=SYSTEM, reason="Storm")
    row = {"kind": "EVENT", "target_id": stage.event.pk, "event_id": stage.event.pk, "number": 0}
    with violates("stop_once_per_target"):
        Stop.objects.create(**row)
    with violates("stop_counts_somewhere"):
        Stop.objects.create(**row | {"target_id": 0, "event_id": None})
    with violates("stop_counts_somewhere"):
        Stop.objects.create(**row | {"target_id": 0, "kind": "CHANNEL"})
