"""How far a run is, told while its own transaction is open, and who is at work.

Both need a connection beside the one that imports. What is written here commits at once; and the
advisory lock that it holds ends with the process, however that ends.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# "finl" and "xchg": any two numbers that nobody else uses.
LOCK = (0x66696E6C, 0x78636867)
SECONDS_BETWEEN = 0.5


class Worker:
    """The one process that is working on imports."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._next = 0.0

    def tell(self, run_id: int, done: int, total: int, *, now: bool = False) -> None:
        """Write down how far a run is; at most twice a second, but when it must be ``now``."""
        if not now and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SECONDS_BETWEEN
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE exchange_importrun SET done = %s, total = %s WHERE id = %s",
                [done, total, run_id],
            )


@contextmanager
def only_worker() -> Iterator[Worker | None]:
    """The worker, or ``None`` while another process is at it.

    One import at a time: two would wait for each other's events, and take both of the worker's
    processes from the sales.
    """
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
            free = cursor.fetchone()[0]
        try:
            yield Worker(connection) if free else None
        finally:
            # The connection goes back to the pool, and would take the lock along.
            if free:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", LOCK)
    finally:
        connection.close()
