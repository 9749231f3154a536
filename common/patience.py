"""How long work that nobody waits for keeps waiting for a lock."""

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

T = TypeVar("T")

# A hot row is free again within a few hundredths of a second; what is not is stuck.
BRIEFLY_MS = 250


def wait_briefly(milliseconds: int = BRIEFLY_MS) -> None:
    """From here to the end of the transaction a lock is waited for so long, and no longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{milliseconds}ms"])


def is_taken(error: DatabaseError) -> bool:
    """Whether somebody else has what this transaction had to lock."""
    return isinstance(error.__cause__, LockNotAvailable | DeadlockDetected)


def unless_taken(work: Callable[[], T], otherwise: T, *, milliseconds: int = BRIEFLY_MS) -> T:
    """What ``work`` returns, in a transaction of its own that waits briefly for locks.

    It is undone, and the answer is ``otherwise``, when one that it needs is taken for longer.
    """
    try:
        with transaction.atomic(durable=True):
            wait_briefly(milliseconds)
            return work()
    except OperationalError as error:
        if not is_taken(error):
            raise
        return otherwise
