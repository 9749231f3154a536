"""People of two venues, signed in, an alert that one of them sees, and receivers of mail and HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

import common.publisher
from accounts.models import User
from accounts.roles import Role
from common.publisher import Publisher
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept
from tests.receivers import MailReceiver, WebReceiver


@pytest.fixture(autouse=True)
def _publisher_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test in which Redis was away leaves no open breaker to the next one."""
    monkeypatch.setattr(common.publisher, "_publisher", Publisher())


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"))


@kept
def other(db: None) -> Stage:
    """An event of another venue."""
    return make_stage(channels=("web",))


def person(role: Role, *stages: Stage) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(*(stage.event.venue for stage in stages))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@kept
def desk(stage: Stage) -> Client:
    """Somebody at the box office of the stage's venue."""
    return signed_in(person(Role.BOX_OFFICE, stage))


@kept
def manager(stage: Stage) -> Client:
    return signed_in(person(Role.VENUE_MANAGER, stage))


@pytest.fixture
def hook_of_slack(settings: Any) -> None:
    """Where there is no name to look up: an address of this machine passes for Slack's."""
    settings.OUTBOUND_ALLOW = frozenset({"127.0.0.1:9"})


@kept
def superuser(db: None) -> Client:
    return signed_in(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def mail(settings: Any) -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        use_mail_server(settings, receiver)
        yield receiver


def use_mail_server(settings: Any, receiver: MailReceiver) -> None:
    settings.EMAIL_BACKEND = "common.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", receiver.port
    settings.EMAIL_FROM = "Finlo <alerts@finlo.test>"
    settings.EMAIL_TIMEOUT = 0.5


@pytest.fixture
def web(settings: Any) -> Iterator[WebReceiver]:
    with WebReceiver() as receiver:
        settings.OUTBOUND_ALLOW = frozenset({receiver.place})
        yield receiver
