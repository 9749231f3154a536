"""People: sign-in by e-mail, and the venues each may see."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import within_venues
from common.actor import SYSTEM, Actor
from events.models import Event, Venue
from tests.factories import make_event, make_user, make_venue

pytestmark = pytest.mark.django_db


def test_a_person_signs_in_with_an_e_mail_address_in_any_case() -> None:
    user = make_user(email=" Asha@Example.com ", name="Asha", password="secret")
    assert user.email == "asha@example.com"
    assert User.objects.get_by_natural_key("ASHA@example.com") == user
    assert user.check_password("secret")
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("")


def test_a_person_is_called_by_name_and_else_by_address() -> None:
    user = make_user(email="asha@example.com", name="Asha Rao")
    assert (str(user), user.get_full_name(), user.get_short_name()) == ("Asha Rao",) * 3
    assert str(make_user(email="nameless@example.com", name="")) == "nameless@example.com"


def test_a_superuser_is_staff_and_sees_all_venues() -> None:
    events = {make_event(), make_event()}
    user = User.objects.create_superuser("root@example.com", "secret", name="Root")
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert set(Event.objects.filter(within_venues(user, "venue"))) == events


def test_a_person_sees_what_belongs_to_the_venues_named() -> None:
    own, _other = make_event(), make_event()
    user = make_user()
    user.venues.add(own.venue)
    assert list(Event.objects.filter(within_venues(user, "venue"))) == [own]
    assert list(Venue.objects.filter(within_venues(user, "pk"))) == [own.venue]


def test_whoever_is_not_signed_in_or_no_longer_active_sees_nothing() -> None:
    event = make_event()
    user = make_user()
    user.venues.add(event.venue)
    user.is_active = False
    for somebody in (user, AnonymousUser()):
        assert not Event.objects.filter(within_venues(somebody, "venue")).exists()


def test_history_never_holds_a_password() -> None:
    user = make_user(password="secret")
    record = user.history.latest()
    assert not hasattr(record, "password")
    assert record.email == user.email


def test_an_actor_holds_ids_alone() -> None:
    user = make_user()
    assert Actor.person(user) == Actor(user_id=user.pk, api_key_id=None)
    assert Actor() == SYSTEM


def test_the_history_of_a_person_shows_venues_and_roles_given_and_taken() -> None:
    venue, user = make_venue(), make_user()
    role = Group.objects.get(name=Role.AUDITOR)

    user.venues.add(venue)
    user.groups.add(role)
    user.venues.remove(venue)

    newest, before, *_older = user.history.all()
    assert [found.venue for found in newest.venues.all()] == []
    assert [found.venue for found in before.venues.all()] == [venue]
    assert [found.group for found in newest.groups.all()] == [role]
