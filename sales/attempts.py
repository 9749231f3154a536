"""How a sale is tried: one transaction each time, and again where that can help."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from allocations.errors import SetupChangedError
from sales.errors import BusyError, SoldOutError
from sales.expiry import expire_due
from sales.idempotency import KeyTakenError, ReplayError
from sales.orders import Answer

T = TypeVar("T")

# Somebody must be changing the set-up at every try for these to run out.
TRIES = 8


def attempt(work: Callable[[], Answer], *, event_id: int | None = None) -> Answer:
    """Run ``work`` in a transaction of its own, and return its answer or the stored one.

    A set-up that has changed meanwhile, or a key that was taken meanwhile, means another try.
    Before the first refusal for lack of stock, holds of the event that have expired but were not
    swept are ended, in a transaction of their own while nothing is locked.

    Raises ``BusyError`` when the stock stays locked too long.
    """
    may_sweep = event_id is not None
    for _ in range(TRIES):
        try:
            with transaction.atomic(durable=True):
                return work()
        except (SetupChangedError, KeyTakenError):
            continue
        except ReplayError as replay:
            return replay.answer
        except SoldOutError:
            if may_sweep and expire_due(event_id=event_id):
                may_sweep = False
                continue
            raise
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise BusyError("Too many sales wait for the same stock. Try again.") from error
            raise
    raise BusyError("The event's set-up keeps changing. Try again.")
