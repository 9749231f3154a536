"""Random operations on the real services and on the plain model: after each, both agree."""

from hypothesis.stateful import invariant

from allocations.models import Stock
from sales.models import Booking
from tests.model.booking_rules import BookingRules
from tests.model.records import LIMIT, Key
from tests.model.setup_rules import SetupRules
from tests.proofs import assert_reconciled


class Machine(BookingRules, SetupRules):
    """After each step, all that both know is the same."""

    @invariant()
    def every_row_says_what_the_model_says(self) -> None:
        real: dict[Key, tuple[int, ...]] = {}
        found = Stock.objects.filter(event=self.stage.event).values_list(
            "kind", "pool__name", "channel__name", "name", "item__name", "listing__item__name",
            "listing__channel__name", "quantity", "held", "sold", "drawn",
        )  # fmt: skip
        for kind, pool, channel, name, item, listed, listed_by, *numbers in found:
            key = (kind, pool or item or listed, channel or name or listed_by or "")
            real[key] = tuple(numbers)
        model = {
            key: (row.quantity, row.held, row.sold, row.drawn)
            for key, row in self.model.rows.items()
        }
        # The counter of a limit that was never set, or was refused, may or may not exist.
        empty = {key for key in real if key[0] == LIMIT and key not in model}
        assert all(real.pop(key) == (0, 0, 0, 0) for key in empty)
        assert real == model

    @invariant()
    def every_booking_says_what_the_model_says(self) -> None:
        found = Booking.objects.filter(event=self.stage.event).prefetch_related("lines__item")
        real = {
            booking.pk: (
                booking.status,
                [(n.number, n.item.name, n.quantity, n.refunded) for n in booking.lines.all()],
            )
            for booking in found
        }
        assert real == {
            number: (
                booking.status,
                [(line.number, line.item, line.quantity, line.refunded) for line in booking.lines],
            )
            for number, booking in self.model.bookings.items()
        }

    def teardown(self) -> None:
        assert_reconciled()
