"""What another app writes with a change to a booking, in its transaction."""

from collections.abc import Sequence
from typing import Protocol

from idempotency.answers import Answer
from sales.models import Booking, BookingLine


class Beside(Protocol):
    """Called once the rows of the booking are written, and before the ledger, which comes last.

    It gets the booking and its lines as they are now, and the answer; what it returns is stored and answered
    instead. What it raises undoes the whole. A try that is repeated calls it again.
    """

    def __call__(
        self, booking: Booking, lines: Sequence[BookingLine], answer: Answer, /
    ) -> Answer: ...


def unchanged(_booking: Booking, _lines: Sequence[BookingLine], answer: Answer) -> Answer:
    """Nothing is written beside."""
    return answer
