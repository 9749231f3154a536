"""Quantities of alerts in words."""

from collections.abc import Callable
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.enums import Measure
from allocations.plans.text import phrases
from transfers.words import minutes

A_DAY = 24 * 60
# Up to so many minutes they are told, and hours up to so many days.
MINUTES_ARE_TOLD = 120
DAYS_ALONE = 3
TENTHS_BELOW = 100
MIN_TOLD = 1e-12


def number(value: float) -> str:
    """With groups of digits; a tenth only where there is one, and of small numbers."""
    rounded = round(value, 1)
    whole = rounded == int(rounded) or abs(rounded) >= TENTHS_BELOW
    return number_format(
        round(value) if whole else rounded, decimal_pos=0 if whole else 1, force_grouping=True
    )


def units(count: float) -> str:
    return phrases.units(round(count))


def percent(value: float) -> str:
    return _("%s %%") % number(value)


def exact_percent(share: Decimal) -> str:
    """Of a rule, with all decimals that it has."""
    return phrases.percent(share)


def span(length: float) -> str:
    """Of minutes: ``45 minutes``, ``3 hours``, ``2 days``, rounded down to whole ones."""
    count = int(length)
    if count < MINUTES_ARE_TOLD:
        return ngettext("%s minute", "%s minutes", count) % number(count)
    if count < DAYS_ALONE * A_DAY:
        return ngettext("%s hour", "%s hours", count // 60) % number(count // 60)
    return days(count // A_DAY)


def exact_span(limit: Decimal | int) -> str:
    """Of minutes that a rule sets: ``90 minutes``, and not rounded down to hours."""
    return minutes(int(limit)) if limit == int(limit) else span(float(limit))


def days(count: float) -> str:
    return ngettext("%s day", "%s days", int(count)) % number(int(count))


def conflicts(count: float) -> str:
    return ngettext("%s conflict", "%s conflicts", int(count)) % number(count)


def chance(probability: float) -> str:
    """``1 in 25,000``, rounded to what can be believed of it."""
    if probability < MIN_TOLD:
        return _("less than 1 in 1,000,000,000,000")
    inverse = 1 / probability
    digits = len(str(int(inverse))) - 2
    return _("1 in %s") % number(round(inverse, -digits) if digits > 0 else round(inverse))


# The number of a measure with its noun.
IN_WORDS: dict[Measure, Callable[[float], str]] = {
    Measure.UNITS: units,
    Measure.ITEMS: units,
    Measure.PERCENT: percent,
    Measure.MINUTES: span,
    Measure.DAYS: days,
    Measure.FAILURES: number,
    Measure.ROWS: number,
    Measure.CONFLICTS: conflicts,
}
