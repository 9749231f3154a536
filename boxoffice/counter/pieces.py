"""Notes and coins, by currency: of those that are counted one by one, the largest first."""

from collections.abc import Mapping
from decimal import Decimal

from common.errors import InvalidInputError
from common.text import money

# So many of one value are a mistake.
MAX_PIECES = 100_000
PIECES: dict[str, tuple[str, ...]] = {
    "INR": ("500", "200", "100", "50", "20", "10", "5", "2", "1"),
    "EUR": (
        *("200", "100", "50", "20", "10", "5", "2", "1"),
        *("0.50", "0.20", "0.10", "0.05", "0.02", "0.01"),
    ),
    "GBP": ("50", "20", "10", "5", "2", "1", "0.50", "0.20", "0.10", "0.05", "0.02", "0.01"),
    "USD": ("100", "50", "20", "10", "5", "2", "1", "0.50", "0.25", "0.10", "0.05", "0.01"),
}


def pieces_of(currency: str) -> tuple[str, ...]:
    """None where only the sum is asked for."""
    return PIECES.get(currency, ())


def require_pieces_add_up(counts: Mapping[str, int], counted: Decimal, currency: str) -> None:
    """Raises ``InvalidInputError`` for a value that the currency has not, and for another sum than ``counted``."""
    values = pieces_of(currency)
    if not counts.keys() <= set(values):
        raise InvalidInputError(
            f"Notes and coins of {currency} are {', '.join(values)}."
            if values
            else f"Of {currency} no notes and coins are counted, only their sum.",
            field="pieces",
        )
    total = total_of_pieces(counts)
    if counts and total != counted:
        raise InvalidInputError(
            f"The notes and coins add up to {money(total, currency)}, and not to"
            f" {money(counted, currency)}.",
            field="counted",
        )


def total_of_pieces(counts: Mapping[str, int]) -> Decimal:
    return sum((Decimal(value) * count for value, count in counts.items()), Decimal(0))
