"""Notes and coins, by currency: of those that are counted one by one, the largest first."""

from collections.abc import Mapping
from decimal import Decimal

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


def total_of_pieces(counts: Mapping[str, int]) -> Decimal:
    return sum((Decimal(value) * count for value, count in counts.items()), Decimal(0))
