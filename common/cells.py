"""Text in files that spreadsheet programs open: never a formula, and the same text when read back.

A CSV file cannot say that a cell is text. An apostrophe before it does, for Excel and for
LibreOffice; one that was there already is kept apart by a second. A workbook says so itself.
"""

import re

# By which Excel knows UTF-8; for files that people open, and not for those that programs read.
BOM = "\ufeff"

# What makes a spreadsheet program evaluate a cell; the last four are the full-width forms.
DANGEROUS = "=+-@\t\r\n＝＋－＠"
_EVALUATED = re.compile(f"'*[{re.escape(DANGEROUS)}]")
# The characters that XML cannot hold, and what looks like our own writing of one.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# Neither NUL nor half a character is text: what would be one stays as it stands there.
_WRITTEN = re.compile("_x(?!0000|[Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")


def guard(text: str) -> str:
    """The text as a CSV file may hold it."""
    return f"'{text}" if _EVALUATED.match(text) else text


def unguard(text: str) -> str:
    """The text that ``guard`` was given."""
    return text[1:] if text.startswith("'") and _EVALUATED.match(text) else text


def is_evaluated(text: str) -> bool:
    return text[:1] != "" and text[0] in DANGEROUS


def to_xml(text: str) -> str:
    """As Excel writes what XML cannot hold: ``_x000D_`` for a carriage return."""
    return _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def from_xml(text: str) -> str:
    """The text that ``to_xml`` was given."""
    return _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text)
