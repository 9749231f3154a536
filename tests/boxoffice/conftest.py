"""Events with two channels, and people who may watch them."""

import pytest
from django.contrib.auth.models import Group

import allocations.live
import boxoffice.hub
import common.publisher
from accounts.models import User
from accounts.roles import Role
from common.actor import SYSTEM
from common.publisher import Publisher
from partners.enums import Scope
from partners.services import issue_key
from tests.boxoffice.watching import session_of
from tests.factories import Stage, make_stage, make_user


@pytest.fixture(autouse=True)
def _publisher_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test in which Redis was away leaves no open breaker to the next one."""
    monkeypatch.setattr(common.publisher, "_publisher", Publisher())


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    """100 places, of which an agent has 30 and the website draws on the other 70."""
    made = make_stage(channels=("web", "agent"), give={("GA", "agent"): 30})
    made.draw("web")
    return made


@pytest.fixture
def other(transactional_db: None) -> Stage:
    """An event of another venue."""
    return make_stage(channels=("other-web",))


@pytest.fixture
def person(stage: Stage) -> User:
    """Somebody at the box office of the stage's venue."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=Role.BOX_OFFICE.value))
    user.venues.add(stage.event.venue)
    user.channels.add(*stage.channels.values())
    return user


@pytest.fixture
def session(person: User) -> str:
    return session_of(person)


def secret_of(stage: Stage, channel: str, *scopes: Scope) -> str:
    issued = issue_key(
        channel=stage.channels[channel],
        name="test",
        scopes=scopes or (Scope.READ,),
        by=SYSTEM,
        reason="test",
    )
    return issued.secret


@pytest.fixture
def agent_key(stage: Stage) -> str:
    """A key that may read, of the stage's agent."""
    return secret_of(stage, "agent")


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The news of every sale is lost."""
    monkeypatch.setattr(allocations.live, "publish", lambda _group, _message: None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison with the database comes sooner."""
    monkeypatch.setattr(boxoffice.hub, "COMPARE_SECONDS", 0.1)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison with the database does not come: what is heard came through Redis."""
    monkeypatch.setattr(boxoffice.hub, "COMPARE_SECONDS", 600.0)
