"""Signs of life of the workers and of beat, left in Redis for the supervisor and `/readyz`.

Redis may be down: then nothing is written, and reading says that nothing is known.
"""

import contextlib
import time
from collections.abc import Mapping
from typing import cast

import redis

BEAT_SEEN = "finlo:beat_seen"
WORKER_SEEN = "finlo:worker_seen"
NOTIFIER_SEEN = "finlo:notifier_seen"
PLANNER_SEEN = "finlo:planner_seen"
NAMES = {
    "worker": WORKER_SEEN,
    "beat": BEAT_SEEN,
    "notifier": NOTIFIER_SEEN,
    "planner": PLANNER_SEEN,
}
# When beat last sent each of its tasks, by the task's name in the schedule.
BEAT_RUNS = "finlo:beat_runs"
# Written by who wants to know whether Redis takes anything at all.
ASKED = "finlo:asked"
TIMEOUT_SECONDS = 1.0


def client(address: str) -> redis.Redis:
    """A connection that gives up soon: a sign of life that comes late is worth nothing."""
    return redis.Redis.from_url(
        address, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def leave(connection: redis.Redis, key: str) -> None:
    with contextlib.suppress(redis.RedisError):
        connection.set(key, time.time())


def can_be_left(address: str) -> bool:
    """Whether Redis takes a sign now; it takes none when its disk or its memory is full."""
    connection = client(address)
    try:
        connection.set(ASKED, time.time())
    except redis.RedisError:
        return False
    finally:
        connection.close()
    return True


def keep_runs(connection: redis.Redis, runs: Mapping[str, float]) -> None:
    with contextlib.suppress(redis.RedisError):
        connection.hset(BEAT_RUNS, mapping={name: str(seconds) for name, seconds in runs.items()})


def last_runs(connection: redis.Redis) -> dict[str, float]:
    """Unix times; empty when Redis does not answer, and without what is no number."""
    runs: dict[str, float] = {}
    with contextlib.suppress(redis.RedisError, ValueError):
        stored = cast("dict[bytes, bytes]", connection.hgetall(BEAT_RUNS))
        runs = {name.decode(): float(seconds) for name, seconds in stored.items()}
    return runs


def read(address: str) -> dict[str, float | None] | None:
    """When each of ``NAMES`` was last seen, in unix time; None for one never seen.

    None altogether when Redis does not answer.
    """
    connection = client(address)
    try:
        values = cast("list[bytes | None]", connection.mget(NAMES.values()))
    except redis.RedisError:
        return None
    finally:
        connection.close()
    seen = (float(value) if value else None for value in values)
    return dict(zip(NAMES, seen, strict=True))
