"""Redis is stopped, hangs, and comes back: sales go on, screens say it and recover."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import boxoffice.hub
import common.feed
import common.publisher
from common.publisher import Publisher, merge, publish
from tests.boxoffice.watching import Screen, as_person, in_thread, run
from tests.factories import Stage
from tests.servers import TestServer
from tests.waiting import until

EVENT_ID = 1


def layer_at(url: str) -> dict[str, Any]:
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [url], "prefix": "finlo"},
        }
    }


@pytest.fixture
def own_redis(redis_server: TestServer, settings: Any) -> TestServer:
    """The Redis of both sides, publisher and hub; the test may stop it."""
    settings.CHANNEL_LAYERS = layer_at(redis_server.url)
    return redis_server


@pytest.mark.django_db(transaction=True)
def test_screens_say_that_they_are_stale_and_recover_by_themselves(
    stage: Stage, session: str, own_redis: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common.feed, "PULSE_SECONDS", 0.1)
    monkeypatch.setattr(common.feed, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(boxoffice.hub, "COMPARE_SECONDS", 0.3)
    listing = stage.listing().pk

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            snapshot = await screen.hears("snapshot")
            assert snapshot["live"]

            await in_thread(own_redis.kill)
            await screen.until(lambda: not screen.mirror.status["live"], "it says so")
            await in_thread(lambda: stage.sell((("Ticket", 6),)))
            await screen.until(lambda: screen.mirror.sellable(listing) == 64, "it compares")
            assert not screen.mirror.status["live"]

            await in_thread(own_redis.start)
            await screen.until(lambda: bool(screen.mirror.status["live"]), "it is live again")

            # From here on news comes through Redis again, not by comparing.
            monkeypatch.setattr(boxoffice.hub, "COMPARE_SECONDS", 600.0)
            await in_thread(lambda: until(_publisher_is_open, "the breaker has closed"))
            await screen.hears("status")
            await in_thread(lambda: stage.sell((("Ticket", 1),)))
            await screen.until(lambda: screen.mirror.sellable(listing) == 63, "news comes")

    run(scenario())


def _publisher_is_open() -> bool:
    return time.monotonic() >= common.publisher._publisher._closed_until


@pytest.mark.django_db(transaction=True)
def test_a_board_opens_without_redis(stage: Stage, session: str, settings: Any) -> None:
    settings.CHANNEL_LAYERS = layer_at("redis://127.0.0.1:1/0")

    async def scenario() -> None:
        async with Screen(stage.event.pk, as_person(session)) as screen:
            snapshot = await screen.hears("snapshot")
            assert not snapshot["live"]
            assert screen.mirror.sellable(stage_listing) == 70

    stage_listing = stage.listing().pk
    run(scenario())


@pytest.fixture
def hanging_redis(settings: Any) -> Iterator[None]:
    """A Redis that takes connections and never answers: the worst that it can do."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        port = server.getsockname()[1]
        settings.CHANNEL_LAYERS = layer_at(f"redis://127.0.0.1:{port}/0")
        yield


def test_a_hanging_redis_costs_the_caller_nothing(
    hanging_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()
    monkeypatch.setattr(common.publisher.log, "warning", lambda *_: failed.set())
    started = time.monotonic()
    for version in range(1_000):
        publish("event.1", {"type": "stock.changed", "rows": [[1, EVENT_ID, version, 9, 0, 0, 0]]})
    # A thousand calls come back before the sending of the first one has been given up.
    assert time.monotonic() - started < common.publisher.SEND_SECONDS
    assert not failed.is_set()
    assert failed.wait(20), "it was never given up"
    # Then nothing is even queued, until it is time to try again.
    publisher = common.publisher._publisher
    monkeypatch.setattr(publisher, "_closed_until", time.monotonic() + 60)
    with publisher._lock:
        publisher._waiting.clear()
    publish("event.1", {"type": "stock.changed", "rows": [[1, EVENT_ID, 2_000, 9, 0, 0, 0]]})
    assert publisher._waiting == {}


def test_it_says_once_that_redis_is_gone_and_once_that_it_is_back(
    own_redis: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common.publisher, "LONGEST_BACKOFF_SECONDS", 0.05)
    monkeypatch.setattr(common.publisher, "FIRST_BACKOFF_SECONDS", 0.05)
    said: list[str] = []
    monkeypatch.setattr(common.publisher.log, "warning", lambda *_: said.append("gone"))
    monkeypatch.setattr(common.publisher.log, "info", lambda *_: said.append("back"))
    attempts = _count_attempts(monkeypatch)

    def publish_until(what: str, condition: Any) -> None:
        def done() -> bool:
            publish("event.1", {"type": "stock.changed", "rows": [[1, EVENT_ID, 1, 9, 0, 0, 0]]})
            return bool(condition())

        until(done, what)

    own_redis.kill()
    publish_until("it has failed three times", lambda: len(attempts) >= 3)
    assert said == ["gone"]
    own_redis.start()
    publish_until("it is back", lambda: said == ["gone", "back"])


def _count_attempts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    attempts: list[float] = []
    send_all = common.publisher.send_all

    async def counted(waiting: Any) -> None:
        attempts.append(time.monotonic())
        await send_all(waiting)

    monkeypatch.setattr(common.publisher, "send_all", counted)
    return attempts


def test_merging_keeps_the_newest_version_of_each_row() -> None:
    merged: dict[Any, Any] = {}
    merge(merged, [(1, EVENT_ID, 5, "new"), (2, EVENT_ID, 1, "only")])
    merge(merged, [(1, EVENT_ID, 4, "old"), (1, EVENT_ID, 5, "again")])
    assert merged == {1: (1, EVENT_ID, 5, "new"), 2: (2, EVENT_ID, 1, "only")}


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common.publisher, "MAX_WAITING", 10)
    publisher = Publisher()
    monkeypatch.setattr(publisher, "_thread", threading.current_thread())  # nobody sends
    for key in range(100):
        publisher.put("event.1", "stock.changed", [(key, EVENT_ID, 1)])
    assert len(publisher._waiting["event.1", "stock.changed"]) == 10


def test_a_forked_child_sends_from_a_thread_of_its_own() -> None:
    """The parent's thread is not in the child, and its lock may have been taken for ever."""
    inherited = common.publisher._publisher
    with inherited._lock:
        child = os.fork()
        if child == 0:
            fine = common.publisher._publisher is not inherited
            publish("event.1", {"type": "stock.changed", "rows": [[1, EVENT_ID, 1, 9, 0, 0, 0]]})
            thread = common.publisher._publisher._thread
            os._exit(0 if fine and thread is not None and thread.is_alive() else 1)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
