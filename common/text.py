"""Money, numbers and moments as people read them: said once, for every page, letter and message."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, get_currency_precision, parse_pattern
from django.utils.formats import date_format, number_format

# Its marks are those that people type here: a comma between groups, a point before decimals.
MARKS = Locale("en")
# A hyphen is shorter than a plus, and lines break after it.
MINUS = "−"


def number(value: Decimal | int) -> str:
    """With groups of digits, and no more decimals than it has."""
    plain = format(value.normalize(), "f") if isinstance(value, Decimal) else value
    return number_format(plain, force_grouping=True)


def signed(value: int) -> str:
    """A change: ``+1,200``, forty less with a minus sign, ``0``."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{number(abs(value))}"


def with_minus(text: str) -> str:
    """A number that is written already, with a minus sign in the place of a hyphen before it."""
    return f"{MINUS}{text[1:]}" if text.startswith("-") else text


def amount(value: Decimal | int, currency: str) -> str:
    """A sum in a currency without its name, grouped by the currency's own habit.

    ``1,87,870`` for rupees, ``187,870.50`` for dollars. Decimals are those of the currency
    (ISO 4217, from CLDR), more where the value has them, and none where it is whole.
    """
    value = Decimal(value)
    decimals = 0 if value == value.to_integral_value() else _decimals(value, currency)
    return str(_pattern(currency, decimals).apply(value, MARKS))


def money(value: Decimal | int, currency: str) -> str:
    """A sum with its currency: ``1,87,870 INR``."""
    return f"{amount(value, currency)} {currency}"


def price_range(lowest: Decimal, highest: Decimal, currency: str) -> str:
    """The lowest and the highest with a dash between, or one price where both are the same."""
    if lowest == highest:
        return money(lowest, currency)
    return f"{amount(lowest, currency)}–{money(highest, currency)}"


def amounts(by_currency: Mapping[str, Decimal]) -> str:
    """Sums of several currencies: ``1,200 EUR, 300 INR``."""
    return ", ".join(money(value, currency) for currency, value in sorted(by_currency.items()))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """On the venue's own clock, with the zone's name: ``5 Nov 2026, 19:00 IST``."""
    local = at.astimezone(zone)
    name = f"{local:%Z}"
    if name[:1] in "+-":  # a zone that has numbers only
        name = f"UTC{name}"
    return f"{date_format(local, 'j M Y, H:i:s' if local.second else 'j M Y, H:i')} {name}"


def minute(at: datetime, zone: ZoneInfo) -> str:
    """The same of something that happened: nobody asks in which second."""
    return moment(at.replace(second=0, microsecond=0), zone)


def _decimals(value: Decimal, currency: str) -> int:
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return max(get_currency_precision(currency), own)


@cache
def _pattern(currency: str, decimals: int) -> NumberPattern:
    """How English groups digits where the currency is at home: its first two letters say where."""
    try:
        home = Locale.parse(f"en_{currency[:2]}")
    except (UnknownLocaleError, ValueError):
        home = MARKS
    whole = home.decimal_formats[None].pattern.partition(".")[0]
    return parse_pattern(f"{whole}.{'0' * decimals}" if decimals else whole)


def local_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment on the venue's own clock, e.g. ``5 Oct 2026, 19:00 IST``; a dash for none."""
    return "–" if moment is None else minute(moment, zone)
