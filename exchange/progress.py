"""How far a run is, told while its own transaction is open, and who is at work.

Each needs a connection beside the one that imports. What the one writes commits at once; the other
holds an advisory lock in a transaction that does nothing else, and so ends with the process, however
that ends. A lock of the session would stay behind where a pooler gives each transaction another one.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# "finl" with "xchg", and with "sale": any numbers that nobody else uses.
LOCK = (0x66696E6C, 0x78636867)
LOCK_OF_SALES_FILES = (0x66696E6C, 0x73616C65)
SECONDS_BETWEEN = 0.5


class Worker:
    """The one process that is working on the files of a table with ``done`` and ``total``."""

    def __init__(self, connection: BaseDatabaseWrapper, table: str) -> None:
        self._connection = connection
        self._table = table
        self._next = 0.0

    def tell(self, run_id: int, done: int, total: int, *, now: bool = False) -> None:
        """Write down how far a run is; at most twice a second, but when it must be ``now``."""
        if not now and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SECONDS_BETWEEN
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self._table} SET done = %s, total = %s WHERE id = %s",  # noqa: S608 - our own word
                [done, total, run_id],
            )


@contextmanager
def only_worker(
    lock: tuple[int, int] = LOCK, table: str = "exchange_importrun"
) -> Iterator[Worker | None]:
    """The worker on these files, or ``None`` while another process is at them.

    One file at a time: two would wait for each other's events, and take both of the worker's
    processes from the sales.
    """
    with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as holding:
        holding.set_autocommit(False)
        try:
            with holding.cursor() as cursor:
                # It is idle from here on, and meant to be.
                cursor.execute(
                    "SELECT set_config('idle_in_transaction_session_timeout', '0', true),"
                    " pg_try_advisory_xact_lock(%s, %s)",
                    lock,
                )
                is_free = cursor.fetchone()[1]
            if not is_free:
                yield None
                return
            with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as telling:
                yield Worker(telling, table)
        finally:
            holding.rollback()
