"""A sale that is refused for lack of stock makes room once: holds that are past their time end first."""

from common.errors import RefusedError
from sales.errors import SoldOutError
from sales.expiry import make_room, prospects_of


class Room:
    """For ``after_refusal`` of ``idempotency.retry``, of what takes stock of the event.

    Before the first refusal for lack of stock, the event's holds that are past their time but were not
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
