"""A changed value as people read it: never a code, always in the zone of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common import text
from common.history_changes import FieldChange

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Step:
    """One value that changed."""

    name: str
    before: str
    after: str


def steps_of(changes: Iterable[FieldChange], zone: ZoneInfo) -> list[Step]:
    return [
        Step(
            capfirst(str(change.field.verbose_name)),
            value_in_words(change.field, change.before, zone),
            value_in_words(change.field, change.after, zone),
        )
        for change in changes
    ]


def value_in_words(field: Any, value: Any, zone: ZoneInfo) -> str:
    """A value of a model's field; a dash where there is none."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, list):
        return ", ".join(sorted(value_in_words(field, item, zone) for item in value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {part}" for name, part in value.items())
    choices = dict(field.flatchoices)
    if value in choices:
        return str(choices[value])
    return _plain(field, value, zone)


def _plain(field: Any, value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return text.moment(value, zone)
    if isinstance(value, date):
        return date_format(value, "j M Y")
    if isinstance(value, time):
        return time_format(value, "H:i:s" if value.second else "H:i")
    return _number_in_words(field, value) if isinstance(value, Decimal | int) else str(value)


def _number_in_words(field: Any, value: Decimal | int) -> str:
    if isinstance(value, int) or value == value.to_integral_value():
        return text.number(int(value))
    return number_format(value, field.decimal_places, force_grouping=True)
