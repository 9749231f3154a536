"""Signs of life of the workers and of beat, left in Redis for the supervisor and `/readyz`.

Redis may be down: then nothing is written, and reading says that nothing is known.
"""

import contextlib
import time
from typing import cast

import redis

BEAT_SEEN = "finlo:beat_seen"
WORKER_SEEN = "finlo:worker_seen"
NOTIFIER_SEEN = "finlo:notifier_seen"
NAMES = {"worker": WORKER_SEEN, "beat": BEAT_SEEN, "notifier": NOTIFIER_SEEN}
TIMEOUT_SECONDS = 1.0


def client(address: str) -> redis.Redis:
    """A connection that gives up soon: a sign of life that comes late is worth nothing."""
    return redis.Redis.from_url(
        address, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def leave(connection: redis.Redis, key: str) -> None:
    with contextlib.suppress(redis.RedisError):
        connection.set(key, time.time())


def read(address: str) -> dict[str, float | None] | None:
    """When each of ``NAMES`` was last seen, in unix time; None for one never seen.

    None altogether when Redis does not answer.
    """
    connection = client(address)
    try:
        found = cast("list[bytes | None]", connection.mget(NAMES.values()))
    except redis.RedisError:
        return None
    finally:
        connection.close()
    seen = (float(value) if value else None for value in found)
    return dict(zip(NAMES, seen, strict=True))
