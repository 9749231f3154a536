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

SignIn = Callable[[User], Client]


@pytest.fixture
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"))


@pytest.fixture
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


@pytest.fixture
def sign_in() -> SignIn:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def manager(stage: Stage, sign_in: SignIn) -> Client:
    return sign_in(person(Role.VENUE_MANAGER, stage))


@pytest.fixture
def superuser(db: None, sign_in: SignIn) -> Client:
    return sign_in(make_user(is_staff=True, is_superuser=True))
