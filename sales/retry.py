"""A sale that is refused for lack of stock makes room once: holds that are past their time end first."""

from collections.abc import Callable
from typing import TypeVar

from common.errors import RefusedError
from idempotency import retry
from idempotency.answers import Answer
from sales.errors import SoldOutError
from sales.expiry import make_room, prospects_of

T = TypeVar("T")


class Room:
    """Before the first refusal for lack of stock, the event's holds that are past their time but were not
    swept are ended, in transactions of their own while nothing is locked.
    """

    def __init__(self, event_id: int) -> None:
        self._event_id = event_id
        self._was_made = False

    def __call__(self, refusal: RefusedError) -> bool:
        """Whether there may be room now. Raises the refusal with the numbers of now where there is none."""
        if not isinstance(refusal, SoldOutError):
            return False
        now = prospects_of(self._event_id, refusal.rows)
        if self._was_made or not make_room(self._event_id, refusal.rows, now):
            raise refusal.told_at(now.at, now.quantities) from refusal.__cause__
        self._was_made = True
        return True


def attempt(work: Callable[[], Answer], *, event_id: int | None = None) -> Answer:
    """As ``idempotency.retry.attempt``; ``event_id`` of what takes stock of the event."""
    return retry.attempt(work, after_refusal=_helps(event_id))


def attempt_any(work: Callable[[], T], *, event_id: int | None = None) -> T:
    """As ``idempotency.retry.attempt_any``; ``event_id`` of what takes stock of the event."""
    return retry.attempt_any(work, after_refusal=_helps(event_id))


def _helps(event_id: int | None) -> retry.Helps:
    return retry.never if event_id is None else Room(event_id)
