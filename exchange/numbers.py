"""Numbers as people write them in a file: every style that has one meaning, and none that has two.

Read are plain numbers, thousands grouped by commas, dots, spaces or apostrophes, Indian groups
(``1,87,870``), a comma or a dot before decimals, and the digits of any script. ``1,500`` may be fifteen
hundred or one and a half: who writes it has to say which.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

LONGEST = 40
# Separators of other scripts, as the one that each stands for; Arabic has one for each purpose.
_SAME_AS = str.maketrans(
    {
        "\u2212": "-",
        "\uff0c": ",",
        "\uff0e": ".",
        "\u060c": ",",
        "\u2019": "'",
        "\u00a0": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u202f": " ",
    }
)
_DECIMAL_SIGNS = ",.\u066b"
_GROUP_SIGNS = ",. '\u066c"


class NotANumberError(ValueError):
    """The text is written in no style of a number."""


class AmbiguousNumberError(ValueError):
    """The text is one number in one style and another in another."""

    def __init__(self, grouped: Decimal, fraction: Decimal) -> None:
        super().__init__(f"{grouped:f} or {fraction:f}")
        self.grouped = grouped
        self.fraction = fraction


def read_number(text: str) -> Decimal:
    """Its one meaning. Raises ``NotANumberError`` and ``AmbiguousNumberError``."""
    plain = _plain_digits(text).translate(_SAME_AS)
    sign, body = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    readings = sorted({Decimal(sign + reading) for reading in _readings(body)}, key=abs)
    if not readings or len(text) > LONGEST:
        raise NotANumberError(text)
    if len(readings) > 1:
        raise AmbiguousNumberError(grouped=readings[-1], fraction=readings[0])
    return readings[0]


def _plain_digits(text: str) -> str:
    """With the digits 0 to 9. Digits of two scripts in one number are nobody's writing."""
    digits = {letter for letter in text if letter.isdecimal()}
    if len({ord(letter) - unicodedata.decimal(letter) for letter in digits}) > 1:
        raise NotANumberError(text)
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text
    )


def _readings(body: str) -> Iterator[str]:
    if (whole := _without_groups(body, _GROUP_SIGNS)) is not None:
        yield whole
    place = max(body.rfind(sign) for sign in _DECIMAL_SIGNS)
    if place < 0 or not re.fullmatch(r"[0-9]+", body[place + 1 :]):
        return
    signs = _GROUP_SIGNS.replace(body[place], "")
    if (whole := _without_groups(body[:place], signs)) is not None:
        yield f"{whole}.{body[place + 1 :]}"


def _without_groups(text: str, signs: str) -> str | None:
    """The digits of a whole number; ``None`` where its groups are those of no style."""
    if re.fullmatch(r"[0-9]+", text):
        return text
    for sign in signs:
        group = re.escape(sign)
        by_thousands = rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+"
        as_in_india = rf"[1-9][0-9]?(?:{group}[0-9]{{2}})+{group}[0-9]{{3}}"
        if re.fullmatch(f"{by_thousands}|{as_in_india}", text):
            return text.replace(sign, "")
    return None
