"""Beat and worker leave signs of life, and do not mind when Redis is down."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from pytest_django.fixtures import Settings

from finlo_inventory import heartbeats
from finlo_inventory.celery import HeartbeatScheduler, app, heartbeat
from finlo_inventory.processes.wellness import Seen

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def connection(settings: Settings) -> Any:
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        connection.delete(*heartbeats.NAMES.values())
        yield connection


@pytest.fixture
def scheduler() -> Any:
    """Beat's clock with an empty schedule, so that a tick sends nothing."""
    return HeartbeatScheduler(app=app, lazy=True)


def tick(scheduler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(scheduler).__mro__[1], "tick", lambda _self: 1.0)
    assert scheduler.tick() == 1.0


def test_the_task_leaves_a_sign(connection: "redis.Redis", settings: Settings) -> None:
    heartbeat()
    seen = heartbeats.read(settings.REDIS_URL)
    assert seen is not None
    assert seen["worker"] == pytest.approx(time.time(), abs=5)
    assert (seen["beat"], seen["notifier"]) == (None, None)


def test_each_of_the_three_workers_leaves_its_own(
    connection: "redis.Redis", settings: Settings
) -> None:
    heartbeat(heartbeats.NOTIFIER_SEEN)
    seen = heartbeats.read(settings.REDIS_URL)
    assert seen is not None
    assert seen["notifier"] == pytest.approx(time.time(), abs=5)
    assert seen["worker"] is None
    asked = [
        (entry["options"]["queue"], entry.get("kwargs", {}))
        for entry in app.conf.beat_schedule.values()
        if entry["task"] == "finlo_inventory.celery.heartbeat"
    ]
    assert asked == [
        ("default", {}),
        ("deliveries", {"key": heartbeats.NOTIFIER_SEEN}),
        ("planning", {"key": heartbeats.PLANNER_SEEN}),
    ]


def test_a_tick_leaves_a_sign_at_most_once_a_second(
    connection: "redis.Redis", scheduler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(scheduler, monkeypatch)
    assert connection.getdel(heartbeats.BEAT_SEEN) is not None
    tick(scheduler, monkeypatch)
    assert connection.get(heartbeats.BEAT_SEEN) is None
    scheduler._next_sign = time.monotonic()
    tick(scheduler, monkeypatch)
    assert connection.get(heartbeats.BEAT_SEEN) is not None


def test_beat_goes_on_where_it_was_stopped(connection: "redis.Redis") -> None:
    connection.delete(heartbeats.BEAT_RUNS)
    first = HeartbeatScheduler(app=app)
    before = datetime.now(UTC) - timedelta(minutes=50)
    first.schedule["forget old answers"].last_run_at = before
    first.schedule["reconcile"].last_run_at = datetime.now(UTC) + timedelta(days=1)
    first.close()
    second = HeartbeatScheduler(app=app)
    assert second.schedule["forget old answers"].last_run_at == before
    reconciled = second.schedule["reconcile"].last_run_at
    assert reconciled is not None
    assert reconciled <= datetime.now(UTC)
    assert set(second.schedule) == set(app.conf.beat_schedule)
    connection.delete(heartbeats.BEAT_RUNS)


@pytest.mark.parametrize("stored", ["no hash", {"reconcile": "no number"}])
def test_beat_starts_whatever_was_kept(connection: "redis.Redis", stored: Any) -> None:
    connection.delete(heartbeats.BEAT_RUNS)
    if isinstance(stored, str):
        connection.set(heartbeats.BEAT_RUNS, stored)
    else:
        connection.hset(heartbeats.BEAT_RUNS, mapping=stored)
    assert set(HeartbeatScheduler(app=app).schedule) == set(app.conf.beat_schedule)
    connection.delete(heartbeats.BEAT_RUNS)


def test_without_redis_nothing_is_known_and_nothing_fails(settings: Settings) -> None:
    settings.REDIS_URL = NOWHERE
    heartbeat()
    assert heartbeats.read(NOWHERE) is None


def test_what_waits_for_a_worker_does_not_pile_up() -> None:
    late = {
        name: entry["options"]["expires"] - entry["schedule"]
        for name, entry in app.conf.beat_schedule.items()
    }
    assert late == dict.fromkeys(app.conf.beat_schedule, 0)


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled - set(app.tasks) == set()


def test_who_leaves_no_sign_for_a_reason_is_not_blamed(
    connection: "redis.Redis", settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake = True
    judge = Seen("worker", settings.REDIS_URL, lambda: awake)
    assert not judge(time.time())  # it is young, and not up yet
    assert not judge(time.time() - 60)
    awake = False
    assert judge(time.time() - 60)  # the database keeps it
    awake = True
    monkeypatch.setattr(heartbeats, "can_be_left", lambda _address: False)
    assert judge(time.time() - 60)  # Redis takes no signs
