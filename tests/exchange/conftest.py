"""A venue with a season, its people, and what is in their way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from events.models import Venue
from tests.factories import Stage, make_stage, make_user, make_venue
from tests.kept import kept

SignIn = Callable[[User], Client]

STARTS = datetime(2030, 12, 5, 14, 0, tzinfo=UTC)
LOCAL = "2030-12-05 19:30"  # in Kolkata
HOUR = timedelta(hours=1)
HUB = "/admin/exchange/importrun/both/"


@kept
def stage(db: None) -> Stage:
    return make_stage(
        pools={"GA": 100, "Park": 20},
        items={"Ticket": {"GA": 1}, "Both": {"GA": 1, "Park": 1}},
        channels=("web", "agent"),
        give={("GA", "web"): 60, ("Park", "web"): 5},
        name="Gala",
        starts_at=STARTS,
    )


@kept
def other(db: None) -> Stage:
    """An event of another venue."""
    return make_stage(channels=("web",))


def person(role: Role, *stages: Stage) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(*(stage.event.venue for stage in stages))
    return user


@kept
def manager(stage: Stage) -> User:
    return person(Role.VENUE_MANAGER, stage)


@kept
def venue(db: None) -> Venue:
    """A venue with nothing yet: enough for what is wrong with a file."""
    return make_venue()


@kept
def keeper(venue: Venue) -> User:
    user = person(Role.VENUE_MANAGER)
    user.venues.add(venue)
    return user


@kept
def superuser(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def sign_in() -> SignIn:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
