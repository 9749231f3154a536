"""How a sale is tried: one transaction each time, and again where that can help."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from allocations.errors import SetupChangedError
from sales.errors import BusyError, SoldOutError
from sales.expiry import make_room, prospects_of
from sales.idempotency import KeyTakenError, ReplayError
from sales.orders import Answer

T = TypeVar("T")

# Somebody must be changing the set-up at every try for these to run out.
TRIES = 8


def attempt(work: Callable[[], Answer], *, event_id: int | None = None) -> Answer:
    """As ``attempt_any``, for ``work`` under an idempotency key: a stored answer is returned."""
    try:
        return attempt_any(work, event_id=event_id)
    except ReplayError as replay:
        return replay.answer


def attempt_any(work: Callable[[], T], *, event_id: int | None = None) -> T:
    """Run ``work`` in a transaction of its own, and return what it returns.

    A set-up that has changed meanwhile, a key that was taken meanwhile, or a deadlock that the
    database has broken means another try.
    Before the first refusal for lack of stock, the event's holds that are past their time but were
    not swept are ended, in transactions of their own while nothing is locked.

    Raises ``BusyError`` when the stock stays locked too long.
    """
    may_make_room = event_id is not None
    for _ in range(TRIES):
        try:
            with _busy_when_locked(), transaction.atomic(durable=True):
                return work()
        except (SetupChangedError, KeyTakenError):
            continue
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
        except SoldOutError as refusal:
            with _busy_when_locked():
                now = prospects_of(event_id, refusal.rows)
                if (
                    event_id is None
                    or not may_make_room
                    or not make_room(event_id, refusal.rows, now)
                ):
                    raise refusal.told_at(now.at, now.quantities) from refusal.__cause__
            may_make_room = False
    raise BusyError("The event's set-up keeps changing. Try again.")


@contextmanager
def _busy_when_locked() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise BusyError("Too many sales wait for the same stock. Try again.") from error
        raise
