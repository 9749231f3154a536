"""What a test shows about the whole database: all of it agrees, or nothing of it has changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from allocations.models import Movement, Stock
from sales.models import Booking, BookingLine, IdempotencyKey
from sales.reconcile import reconcile


def assert_reconciled() -> None:
    """Stock, movements and bookings agree, over every row there is."""
    differences = {
        result.check.name: result.differences for result in reconcile() if result.differences
    }
    assert differences == {}


def everything() -> dict[str, object]:
    """What a refusal must leave as it was."""
    return {
        "bookings": list(Booking.objects.order_by("pk").values()),
        "lines": list(BookingLine.objects.order_by("pk").values()),
        "movements": Movement.objects.count(),
        "answers": list(IdempotencyKey.objects.order_by("scope", "key").values()),
        "stock": list(Stock.objects.order_by("pk").values()),
    }


@contextmanager
def nothing_changed() -> Iterator[None]:
    """The block leaves bookings, lines, movements, stored answers and stock as they were."""
    before = everything()
    yield
    assert everything() == before
