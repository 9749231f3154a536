"""Money and numbers as people read them."""

from decimal import Decimal

import pytest

from common.text import amounts, money, price_range, signed, with_minus


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        ("187870", "INR", "1,87,870 INR"),
        ("10000000.5", "INR", "1,00,00,000.50 INR"),
        ("-187870.10", "INR", "-1,87,870.10 INR"),
        ("1234567.00", "EUR", "1,234,567 EUR"),
        ("0.00", "INR", "0 INR"),
        ("12000", "JPY", "12,000 JPY"),
        ("12.50", "JPY", "12.5 JPY"),
        ("12.5", "KWD", "12.500 KWD"),
        ("1200.5", "XXX", "1,200.50 XXX"),
    ],
)
def test_money_is_grouped_by_the_habit_of_its_currency(
    value: str, currency: str, words: str
) -> None:
    assert money(Decimal(value), currency) == words


def test_a_change_has_a_plus_or_a_minus_sign() -> None:
    assert [signed(value) for value in (1200, 0, -1200)] == ["+1,200", "0", "−1,200"]
    assert [with_minus(text) for text in ("-3", "3", "1-3")] == ["−3", "3", "1-3"]


def test_sums_of_several_currencies_stand_side_by_side() -> None:
    sums = {"INR": Decimal(150_000), "EUR": Decimal("99.50")}
    assert amounts(sums) == "99.50 EUR, 1,50,000 INR"


def test_a_range_of_prices_names_the_currency_once_and_one_price_alone() -> None:
    assert price_range(Decimal(800), Decimal(120_000), "INR") == "800–1,20,000 INR"
    assert price_range(Decimal(800), Decimal(800), "INR") == "800 INR"
