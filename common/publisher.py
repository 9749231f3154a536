"""Sends messages to Channels groups from a thread of its own, so that no sale waits for Redis.

The news may be lost, and is never wrong: whoever listens compares with the database as well.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)

# What waits is bounded: beyond so many rows the news is dropped.
MAX_WAITING = 10_000
# After each sending the thread rests, so that a rush of sales costs forty messages a second and
# not one a sale. The first message after a quiet time goes at once.
REST_SECONDS = 0.025
SEND_SECONDS = 1.0
# While Redis is away: how long until the next message may try, doubled with each failure.
FIRST_BACKOFF_SECONDS = 0.25
LONGEST_BACKOFF_SECONDS = 4.0

Row = Sequence[Any]
Rows = dict[Any, Row]


class Publisher:
    """One process's outgoing news: what waits for each group, and the thread that sends it.

    Rows of messages that wait for one group are merged: a row begins with its key and carries its
    version in third place, and of two rows with one key the newer version stays.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._waiting: dict[tuple[str, str], Rows] = {}
        self._rows = 0
        self._thread: threading.Thread | None = None
        self._closed_until = 0.0  # monotonic; the breaker is open until then
        self._backoff = 0.0

    def put(self, group: str, kind: str, rows: Sequence[Row]) -> None:
        if time.monotonic() < self._closed_until:
            return
        with self._lock:
            if self._rows >= MAX_WAITING:
                return
            merged = self._waiting.setdefault((group, kind), {})
            before = len(merged)
            merge(merged, rows)
            self._rows += len(merged) - before
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                waiting, self._waiting, self._rows = self._waiting, {}, 0
            if waiting:
                self._deliver(loop, waiting)
                time.sleep(self._backoff or REST_SECONDS)

    def _deliver(
        self, loop: asyncio.AbstractEventLoop, waiting: Mapping[tuple[str, str], Rows]
    ) -> None:
        try:
            loop.run_until_complete(send_all(waiting))
        except Exception as error:  # noqa: BLE001 - whatever ails Redis, sales go on
            if not self._backoff:
                log.warning(
                    "Redis cannot be reached (%s); screens are told nothing.",
                    type(error).__name__,
                )
            self._backoff = min(self._backoff * 2 or FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS)
            self._closed_until = time.monotonic() + self._backoff
        else:
            if self._backoff:
                log.info("Redis is back; screens are told of changes again.")
            self._backoff = 0.0


def merge(into: Rows, rows: Sequence[Row]) -> None:
    """Keep the newest version of each row."""
    for row in rows:
        known = into.get(row[0])
        if known is None or known[2] < row[2]:
            into[row[0]] = row


async def send_all(waiting: Mapping[tuple[str, str], Rows]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(SEND_SECONDS):
        for (group, kind), rows in waiting.items():
            message = {"type": kind, "rows": [list(row) for row in rows.values()]}
            await layer.group_send(group, message)


_publisher = Publisher()


def _renew() -> None:
    """A forked child has none of its parent's threads, and perhaps its parent's lock, locked."""
    global _publisher  # noqa: PLW0603 - one for each process
    _publisher = Publisher()


os.register_at_fork(after_in_child=_renew)


def publish(group: str, message: Mapping[str, Any]) -> None:
    """Hand over ``{"type": …, "rows": [[key, _, version, …], …]}`` for a group.

    It is sent soon, or dropped while Redis is away. Never waits and never raises.
    """
    _publisher.put(group, message["type"], message["rows"])
