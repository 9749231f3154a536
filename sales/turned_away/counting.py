"""Counts in the process's memory, and a thread of its own that adds them to the database.

A sale never waits for it and never writes it (ADR 28). A process that is killed loses the counts of the last seconds;
one that ends in order writes them first.
"""

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import Error, connection

from sales.enums import Limit

logger = logging.getLogger(__name__)

QUARTER_SECONDS = 900
FLUSH_SECONDS = 2.0
# While the database does not take them.
LONGEST_BACKOFF_SECONDS = 60.0
# Memory is bounded: beyond so many different counts, and requests that are known by their keys, some are lost.
MAX_COUNTS = 20_000
MAX_REQUESTS = 20_000


class Count(NamedTuple):
    """What is counted together. ``quarter``: seconds since 1970 at which it begins."""

    quarter: int
    event_id: int
    item_id: int
    channel_id: int
    limit: Limit


class Tally:
    """What one process has counted and not written yet. Any thread may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Count, tuple[int, int]] = {}
        self._requests: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_losing = False

    def is_new(self, request: tuple[str, str]) -> bool:
        """Whether nothing was counted of the request with this key: a client tries a refused one again and again."""
        with self._lock:
            is_new = request not in self._requests
            self._requests[request] = None
            self._requests.move_to_end(request)
            if len(self._requests) > MAX_REQUESTS:
                self._requests.popitem(last=False)
            return is_new

    def add(self, counts: Iterable[tuple[Count, int, int]]) -> None:
        """Of each the refusals and the tickets asked for."""
        with self._lock:
            for count, refusals, tickets in counts:
                before = self._counts.get(count)
                if before is None and len(self._counts) >= MAX_COUNTS:
                    self._say_lost()
                    continue
                had_refusals, had_tickets = before or (0, 0)
                self._counts[count] = had_refusals + refusals, had_tickets + tickets

    def _say_lost(self) -> None:
        if not self._is_losing:
            self._is_losing = True
            logger.error("Too many refusals wait to be counted; some are lost.")

    def flush(self) -> int:
        """Add what waits to the database, in a transaction of its own; how many counts. Raises a database error, and keeps them."""
        with self._lock:
            counts, self._counts = self._counts, {}
            self._is_losing = False
        if not counts:
            return 0
        try:
            write_counts(counts)
        except Error:
            self.add((count, *numbers) for count, numbers in counts.items())
            raise
        return len(counts)

    def start(self) -> None:
        """Write what is counted every few seconds from now on, until ``stop``."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="turned away", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write the last of it, and wait for that a moment."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join(FLUSH_SECONDS)
            self._thread = None

    def _run(self) -> None:
        wait = FLUSH_SECONDS
        is_over = False
        while not is_over:
            is_over = self._stop.wait(wait)
            try:
                self.flush()
                wait = FLUSH_SECONDS
            except Exception as error:  # noqa: BLE001 - whatever ails the database, it is tried again
                if wait == FLUSH_SECONDS:
                    logger.warning("Refusals wait to be counted (%s).", type(error).__name__)
                wait = min(wait * 2, LONGEST_BACKOFF_SECONDS)
            finally:
                connection.close()


# Rows are taken in one order, so that two processes never wait for one another in a circle. What names nothing (an item of
# another event, an event that is gone meanwhile) is left out: a refusal may come before those were looked at.
_WRITE = """
INSERT INTO sales_turnedaway AS known (at, event_id, item_id, channel_id, limited_by, refusals, tickets)
SELECT c.at, c.event_id, c.item_id, c.channel_id, c.limited_by, c.refusals, c.tickets
  FROM unnest(%s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])
       AS c (at, event_id, item_id, channel_id, limited_by, refusals, tickets)
  JOIN events_event e ON e.id = c.event_id
  JOIN events_item i ON i.id = c.item_id AND i.event_id = c.event_id
  JOIN allocations_saleschannel s ON s.id = c.channel_id AND s.venue_id = e.venue_id
 ORDER BY c.event_id, c.at, c.item_id, c.channel_id, c.limited_by
    ON CONFLICT (event_id, at, item_id, channel_id, limited_by)
    DO UPDATE SET refusals = known.refusals + excluded.refusals, tickets = known.tickets + excluded.tickets
"""


def write_counts(counts: dict[Count, tuple[int, int]]) -> None:
    """One statement, whatever there is."""
    rows = [
        (
            datetime.fromtimestamp(count.quarter, UTC),
            count.event_id,
            count.item_id,
            count.channel_id,
            count.limit.value,
            *numbers,
        )
        for count, numbers in counts.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(column) for column in zip(*rows, strict=True)])


_tally = Tally()


def tally() -> Tally:
    """Of the present process."""
    return _tally


def _renew() -> None:
    """A forked child has none of its parent's threads, and what its parent has counted is its parent's."""
    global _tally  # noqa: PLW0603 - one for each process
    _tally = Tally()


os.register_at_fork(after_in_child=_renew)
