"""How a change is tried: one transaction each time, and again where that can help."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from common.errors import RefusedError
from idempotency.answers import Answer, ReplayError
from idempotency.errors import BusyError, TryAgainError

T = TypeVar("T")
# Whether it helps to try once more, asked when a try was refused and its transaction has ended; may raise.
Helps = Callable[[RefusedError], bool]

# Somebody must be changing what it rests on at every try for these to run out.
TRIES = 8


def never(_refusal: RefusedError) -> bool:
    return False


def attempt(work: Callable[[], Answer], *, after_refusal: Helps = never) -> Answer:
    """As ``attempt_any``, for ``work`` under an idempotency key: a stored answer is returned."""
    try:
        return attempt_any(work, after_refusal=after_refusal)
    except ReplayError as replay:
        return replay.answer


def attempt_any(work: Callable[[], T], *, after_refusal: Helps = never) -> T:
    """Run ``work`` in a transaction of its own, and return what it returns.

    A set-up that has changed meanwhile, a key that was taken meanwhile (``TryAgainError``), or a deadlock that
    the database has broken means another try.

    Raises ``BusyError`` when what it waits for stays locked too long.
    """
    for _ in range(TRIES):
        try:
            with busy_when_locked(), transaction.atomic(durable=True):
                return work()
        except TryAgainError:
            continue
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
        except RefusedError as refusal:
            with busy_when_locked():
                if not after_refusal(refusal):
                    raise
    raise BusyError("What this rests on keeps changing. Try again.")


@contextmanager
def busy_when_locked() -> Iterator[None]:
    """Raises ``BusyError`` where a lock was waited for too long (settings.LOCK_TIMEOUT_MS)."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise BusyError("Too many wait for the same thing. Try again.") from error
        raise
