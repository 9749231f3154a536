"""People of two venues, signed in."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from events.enums import EventStatus
from events.models import Event
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


def back_to_draft(stage: Stage) -> None:
    """As while it is set up: units then move by hand, without asking anybody."""
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)


def person(role: Role, *stages: Stage) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(*(stage.event.venue for stage in stages))
    user.channels.add(*(channel for stage in stages for channel in stage.channels.values()))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sign_in() -> SignIn:
    return signed_in


@kept
def manager(stage: Stage) -> Client:
    return signed_in(person(Role.VENUE_MANAGER, stage))


@kept
def superuser(db: None) -> Client:
    return signed_in(make_user(is_staff=True, is_superuser=True))
