"""The badge's socket: who may open it, what it counts, and what it does when something is lost."""

import asyncio
import threading
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError
from django.utils import timezone

import alerts.consumers
import alerts.hub
import common.feed
from accounts.models import User
from accounts.roles import Role
from alerts import live, services
from alerts.enums import Kind
from alerts.models import Alert
from alerts.selectors import count_open, tallies, tally
from common.actor import SYSTEM
from tests.alerts.conftest import person
from tests.alerts.making import make_alert
from tests.boxoffice.test_redis_lost import layer_at
from tests.boxoffice.watching import Headers, Socket, as_person, in_thread, run, session_of
from tests.factories import Stage, make_stage, make_user
from tests.servers import TestServer

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/ws/alerts/"
NOT_SIGNED_IN, FORBIDDEN, TRY_AGAIN_LATER, POLICY_VIOLATION = 4401, 4403, 1013, 1008


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    return make_stage(channels=("web", "agent"))


@pytest.fixture
def user(stage: Stage) -> User:
    return person(Role.BOX_OFFICE, stage)


class Badge(Socket):
    """What the badge shows."""

    def __init__(self, headers: Headers) -> None:
        super().__init__(ADDRESS, headers)

    @property
    def open(self) -> int | None:
        return self.messages[-1]["open"] if self.messages else None

    async def shows(self, count: int) -> None:
        await self.until(lambda: self.open == count, f"the badge shows {count}")


def badge_of(user: User) -> Badge:
    return Badge(as_person(session_of(user)))


def opened(stage: Stage, kind: Kind = Kind.LOW_STOCK) -> Alert:
    alert = make_alert(stage, kind)
    live.publish([alert])
    return alert


def acknowledge(alert: Alert) -> None:
    services.acknowledge([alert.pk], by=SYSTEM, now=timezone.now())


async def closed_with(headers: Headers) -> int:
    async with Badge(headers) as badge:
        code = await badge.closes()
    assert badge.messages == []
    return code


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No recount by the clock: what is heard came through Redis."""
    monkeypatch.setattr(alerts.hub, "RECOUNT_SECONDS", 600.0)


def test_each_person_hears_the_count_of_the_own_venues(
    stage: Stage, user: User, patient: None
) -> None:
    other = make_stage(channels=("web",))
    everybody = make_user(is_staff=True, is_superuser=True)
    make_alert(other)
    own, root = badge_of(user), badge_of(everybody)

    async def scenario() -> None:
        async with own, root:
            await own.shows(0)
            await root.shows(1)
            first = await in_thread(lambda: opened(stage))
            await own.shows(1)
            await root.shows(2)
            await in_thread(lambda: opened(stage, Kind.LEDGER_DIFFERENCE))
            await root.shows(3)
            await in_thread(lambda: acknowledge(first))
            await own.shows(0)
            assert own.messages[-1] == {"open": 0, "standing": 1, "newest": first.pk}
            await root.shows(2)

    run(scenario())
    assert tally(user) == (0, 1, Alert.objects.exclude(venue=None).latest("pk").pk)
    assert count_open(everybody) == 2


def test_many_screens_cost_one_subscription_and_one_count(
    stage: Stage, user: User, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    subscribed: list[str] = []
    watch = common.feed.Feed.watch

    def count() -> Any:
        counted.append(1)
        return tallies()

    def note(self: common.feed.Feed, group: str) -> None:
        subscribed.append(group)
        watch(self, group)

    monkeypatch.setattr(alerts.hub, "tallies", count)
    monkeypatch.setattr(common.feed.Feed, "watch", note)
    session = session_of(user)

    async def scenario() -> None:
        badges = [Badge(as_person(session)) for _ in range(12)]
        async with asyncio.TaskGroup() as group:
            for badge in badges:
                group.create_task(badge.__aenter__())
        for badge in badges:
            await badge.shows(0)
        before = len(counted)
        await in_thread(lambda: [opened(stage) for _ in range(20)])
        for badge in badges:
            await badge.shows(20)
        # However the news was cut into messages: at most two counts a second.
        assert len(counted) - before < 10
        assert all(len(badge.messages) < 10 for badge in badges)
        for badge in badges:
            await badge.__aexit__()

    run(scenario())
    assert subscribed == [live.GROUP]


def test_what_redis_has_lost_heals(
    stage: Stage, user: User, redis_server: TestServer, settings: Any, monkeypatch: Any
) -> None:
    settings.CHANNEL_LAYERS = layer_at(redis_server.url)
    monkeypatch.setattr(alerts.hub, "RECOUNT_SECONDS", 0.2)
    monkeypatch.setattr(alerts.hub, "REST_SECONDS", 0.05)
    badge = badge_of(user)

    async def scenario() -> None:
        async with badge:
            await badge.shows(0)
            await in_thread(redis_server.kill)
            await in_thread(lambda: opened(stage))
            await badge.shows(1)
            # It also speaks when nothing has changed, so that silence can be told from death.
            heard = len(badge.messages)
            await badge.until(lambda: len(badge.messages) > heard + 2, "it is said again")

    run(scenario())


def test_without_the_database_it_closes_and_asks_to_try_again(
    stage: Stage, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.hub, "RECOUNT_SECONDS", 0.1)
    monkeypatch.setattr(alerts.hub, "REST_SECONDS", 0.05)
    monkeypatch.setattr(alerts.hub, "PATIENCE_SECONDS", 0.3)
    badge, late, session = badge_of(user), badge_of(user), session_of(user)
    go_on = threading.Event()

    def broken() -> Any:
        raise DatabaseError("gone")

    def hangs() -> Any:
        go_on.wait(20)
        return tallies()

    async def scenario() -> None:
        for trouble in (broken, hangs):
            async with Badge(as_person(session)) as watching:
                await watching.shows(0)
                with monkeypatch.context() as patch:
                    patch.setattr(alerts.hub, "tallies", trouble)
                    assert await watching.closes() == TRY_AGAIN_LATER
        go_on.set()
        with monkeypatch.context() as patch:
            patch.setattr(alerts.consumers, "person_of", lambda _visitor: broken())
            async with late:
                assert await late.closes() == TRY_AGAIN_LATER
        async with badge:
            await badge.shows(0)

    run(scenario())


def test_who_may_not_see_alerts_is_sent_away(stage: Stage, user: User) -> None:
    partner = make_user()
    outsider = make_user(is_staff=True)
    session = session_of(user)
    sessions = [session_of(partner), session_of(outsider)]

    async def scenario() -> None:
        nobody = [(b"host", b"localhost:8001"), (b"origin", b"http://localhost:8000")]
        assert await closed_with(nobody) == NOT_SIGNED_IN
        assert await closed_with(as_person("no-such-session")) == NOT_SIGNED_IN
        for one in sessions:
            assert await closed_with(as_person(one)) == FORBIDDEN
        for origin in (None, "https://evil.example", "null"):
            assert await closed_with(as_person(session, origin=origin)) == FORBIDDEN

    run(scenario())


def test_an_open_socket_notices_what_has_been_taken_away(
    stage: Stage, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.consumers, "RECHECK_SECONDS", 0.05)
    monkeypatch.setattr(alerts.hub, "RECOUNT_SECONDS", 0.1)
    monkeypatch.setattr(alerts.hub, "REST_SECONDS", 0.05)
    make_alert(stage)
    session = session_of(user)

    async def scenario() -> None:
        async with Badge(as_person(session)) as badge:
            await badge.shows(1)
            await in_thread(user.venues.clear)
            await badge.shows(0)
            await in_thread(lambda: SessionStore(session).delete())
            assert await badge.closes() == NOT_SIGNED_IN

    run(scenario())


def test_a_client_that_talks_too_much_is_closed(stage: Stage, user: User) -> None:
    badge = badge_of(user)

    async def scenario() -> None:
        async with badge:
            for _ in range(30):
                await badge.say("{}")
            assert await badge.closes() == POLICY_VIOLATION

    run(scenario())
