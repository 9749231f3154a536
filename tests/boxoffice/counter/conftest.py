"""A box office with one clerk; kept from one test to the next."""

import pytest

from accounts.models import User
from accounts.roles import Role
from tests.boxoffice.counter.desks import Desk, make_desk, make_person
from tests.factories import Stage
from tests.kept import kept


@kept
def house(db: None) -> Stage:
    return make_desk()


@kept
def clerk(house: Stage) -> User:
    return make_person(house)


@kept
def manager(house: Stage) -> User:
    return make_person(house, Role.VENUE_MANAGER)


@pytest.fixture
def desk(house: Stage, clerk: User) -> Desk:
    """The clerk's screen, with no till open."""
    return Desk(house, clerk)


@pytest.fixture
def open_desk(desk: Desk) -> Desk:
    """With a till opened with a float of 50.00."""
    assert desk.open().status_code == 201
    return desk
