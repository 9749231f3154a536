"""A person sells through the channels given to them: each service that sells asks it, whatever the door."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from allocations.sellers import selling_channels
from common.actor import Actor
from exchange.exports import SOURCES, Bounds, rows_within
from sales import services
from sales.bulk import book_many
from sales.errors import NotYourChannelError
from sales.orders import LineChange
from tests.factories import Stage, make_channel, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    """A venue with a website, a partner, and a counter."""
    venue = make_venue()
    made = make_stage(venue=venue, channels=("web", "agent"))
    make_channel(venue, "counter", kind=ChannelKind.PHYSICAL, place=ChannelPlace.BOX_OFFICE)
    return made


def clerk(stage: Stage, role: Role = Role.BOX_OFFICE) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(stage.event.venue)
    return user


def names(user: User) -> list[str]:
    return sorted(channel.name for channel in selling_channels(user))


def test_a_person_sells_at_a_new_venue_through_its_counters_and_then_through_what_is_given(
    stage: Stage,
) -> None:
    user, other = clerk(stage), make_venue()
    assert names(user) == ["counter"]
    user.channels.add(stage.channels["web"])
    assert names(user) == ["web"]
    make_channel(other, "kiosk", kind=ChannelKind.PHYSICAL, place=ChannelPlace.KIOSK)
    assert names(user) == ["web"]
    user.venues.add(other)
    assert names(user) == ["kiosk", "web"]
    # What was given of a venue is worth nothing once the person does not work there any more.
    user.venues.remove(stage.event.venue)
    assert names(user) == ["kiosk"]
    assert names(make_user(is_superuser=True)) == ["agent", "counter", "kiosk", "web"]


def hold(stage: Stage) -> int:
    return stage.hold([("Ticket", 2)])


Act = Callable[[Stage, int, int, Actor], object]

ACTS: dict[str, Act] = {
    "hold": lambda stage, _held, _sold, by: services.book(stage.order(), by=by),
    "sell": lambda stage, _held, _sold, by: services.book(stage.order(confirm=True), by=by),
    "confirm": lambda _stage, held, _sold, by: services.confirm(held, by=by),
    "extend": lambda _stage, held, _sold, by: services.extend(held, by=by),
    "amend": lambda _stage, held, _sold, by: services.amend(
        held, by=by, changes=[LineChange(1, 1)]
    ),
    "release": lambda _stage, held, _sold, by: services.cancel(held, by=by, reason="Left"),
    "refund": lambda _stage, _held, sold, by: services.cancel(sold, by=by, reason="Ill"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_nobody_acts_for_a_channel_that_was_not_given_to_them(stage: Stage, act: Act) -> None:
    user = clerk(stage)
    held, sold = stage.hold([("Ticket", 2)]), stage.sell().booking_id
    assert sold is not None
    by = Actor.person(user)
    with nothing_changed(), pytest.raises(NotYourChannelError):
        act(stage, held, sold, by)
    user.channels.add(stage.channels["web"])
    act(stage, held, sold, by)


def test_of_many_orders_those_of_other_channels_are_refused(stage: Stage) -> None:
    user = clerk(stage)
    user.channels.add(stage.channels["web"])
    orders = [stage.order(channel="agent"), stage.order(channel="web")]
    refused, held = book_many(orders, by=Actor.person(user))
    assert isinstance(refused, NotYourChannelError)
    assert not isinstance(held, Exception)


def test_whoever_settles_payments_refunds_through_any_channel(stage: Stage) -> None:
    sold = stage.sell().booking_id
    assert sold is not None
    services.cancel(sold, by=Actor.person(clerk(stage, Role.FINANCE)), reason="Ill")


def test_who_only_sells_exports_the_listings_of_their_own_channels(stage: Stage) -> None:
    user = clerk(stage)
    user.channels.add(stage.channels["web"])
    listings = SOURCES["listings"]
    assert [one.channel.name for one in rows_within(listings, user, Bounds())] == ["web"]
    manager = clerk(stage, Role.VENUE_MANAGER)
    assert rows_within(listings, manager, Bounds()).count() == 2
