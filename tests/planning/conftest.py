"""People of two venues at the admin's first page."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from events.models import Venue
from sales.models import Booking
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept

SignIn = Callable[[User], Client]


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"))


@kept
def other(db: None) -> Stage:
    """An event of another venue."""
    return make_stage(channels=("web",))


def person(role: Role, *venues: Venue) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(*venues)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@kept
def manager(stage: Stage) -> Client:
    return signed_in(person(Role.VENUE_MANAGER, stage.event.venue))


def confirmed_at(moment: datetime) -> None:
    """Let all sales so far have happened at a moment."""
    Booking.objects.filter(confirmed_at__isnull=False).update(confirmed_at=moment)
