"""The guide says what is there and what is next, from what there is, and leads there."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from allocations import services
from common.actor import SYSTEM
from events.enums import EventStatus
from events.models import Event, Item
from planning.guide import next_of, steps_of_event, steps_of_venue
from tests.factories import Stage, make_channel, make_event, make_item, make_user, make_venue
from tests.planning.conftest import person, signed_in

pytestmark = pytest.mark.django_db


def following(event: Event) -> str | None:
    step = next_of(steps_of_event(event))
    return step.key if step else None


def test_an_event_is_led_from_nothing_to_its_sale() -> None:
    venue = make_venue()
    event = make_event(venue, status=EventStatus.DRAFT)
    assert following(event) == "channels"
    channel = make_channel(venue, "web")
    assert following(event) == "pools"
    with transaction.atomic():
        pool = services.add_pool(event=event, name="Hall", capacity=0, by=SYSTEM)
    assert following(event) == "pools"  # nothing physically exists yet
    with transaction.atomic():
        services.set_capacity(pool=pool, capacity=300, by=SYSTEM, reason="test")
    assert following(event) == "items"
    bare = Item.objects.create(event=event, name="Adult")
    step = next_of(steps_of_event(event))
    assert step is not None
    assert (step.key, step.target, step.summary) == ("items", bare.pk, "Adult takes from no pool")
    bare.delete()
    item = make_item(event, "Adult", {pool: 1})
    assert following(event) == "prices"
    with transaction.atomic():
        listing = services.list_item(item=item, channel=channel, price=Decimal(10))
    assert following(event) == "plan"
    with transaction.atomic():
        services.allocate(pool=pool, channel=channel, units=10, by=SYSTEM, reason="test")
    assert following(event) == "sale"
    assert [step.summary for step in steps_of_event(event)] == [
        "1 channel",
        "Hall 300",
        "1 item",
        "1 price through 1 channel",
        "Parts are given by hand",
        "1 listing would sell",
    ]
    idle = make_channel(venue, "agent")
    with transaction.atomic():
        services.list_item(item=item, channel=idle, price=Decimal(10))
    assert steps_of_event(event)[4].summary == "Parts are given by hand. agent has none"
    listing.is_on = False
    listing.save()
    idle.listings.update(is_on=False)
    assert following(event) == "prices"
    event.status = EventStatus.ON_SALE
    assert steps_of_event(event) == []


def test_a_second_pool_that_nobody_may_sell_from_is_named(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    stage.event.refresh_from_db()
    with transaction.atomic():
        more = services.add_pool(event=stage.event, name="Parking", capacity=5, by=SYSTEM)
    step = next_of(steps_of_event(stage.event))
    assert step is not None
    assert (step.key, step.target, step.summary) == ("plan", more.pk, "Parking is given to nobody")


def test_a_venue_says_who_works_there_and_what_its_events_are() -> None:
    venue = make_venue()
    assert [(step.key, step.is_done) for step in steps_of_venue(venue)] == [
        ("channels", False),
        ("events", False),
        ("people", False),
        ("teams", False),
    ]
    make_channel(venue)
    make_user(is_staff=True).venues.add(venue)
    draft = make_event(venue, status=EventStatus.DRAFT)
    make_event(venue)
    channels, events, people, _teams = steps_of_venue(venue)
    assert (channels.is_done, people.summary) == (True, "1 person works here")
    assert (events.summary, events.target) == ("2 events, 1 on sale", draft.pk)


def test_the_pages_show_the_way_and_each_link_opens_for_whom_it_is_shown(stage: Stage) -> None:
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    event_page = reverse("admin:events_event_change", args=(stage.event.pk,))
    venue_page = reverse("admin:events_venue_change", args=(stage.event.venue.pk,))
    for role in (Role.VENUE_MANAGER, Role.PARTNER_MANAGER, Role.BOX_OFFICE, Role.AUDITOR):
        client = signed_in(person(role, stage.event.venue))
        for address in (event_page, venue_page):
            parts = [part.context() for part in client.get(address).context["above"]]
            [stops] = [part["stops"] for part in parts if "stops" in part]
            assert len(stops) in {4, 6}
            for stop in stops:
                if stop.url:
                    assert client.get(stop.url).status_code == 200, (role, stop.url)


def test_what_is_on_sale_has_no_guide(manager: Client, stage: Stage) -> None:
    page = manager.get(reverse("admin:events_event_change", args=(stage.event.pk,)))
    assert page.context["above"] == []
