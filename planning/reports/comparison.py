"""A report's sums beside those of as many days before: “+12 % against the 7 days before”."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.text import amount, number, signed
from planning.reports.scope import Scope

# What is summed, by its currency where it is money: "" for tickets.
Sums = Mapping[str, Decimal]
_BY_CURRENCY = "SELECT currency, sum(tickets), sum(amount) FROM sold GROUP BY currency"


@dataclass(frozen=True, slots=True)
class Change:
    """``now`` is the sum with its unit, ``change`` how much more or less in percent, ``against`` of what."""

    now: str
    change: str
    against: str


def sold_sums(scope: Scope, statement: str) -> Sums:
    """Tickets and amounts of a statement that has ``sold``."""
    sums: dict[str, Decimal] = {}
    for currency, tickets, money in scope.read(statement + _BY_CURRENCY):
        sums[""] = sums.get("", Decimal(0)) + tickets
        sums[currency] = money
    return sums


def before(scope: Scope) -> Scope:
    """As many days, just before."""
    days = (scope.last - scope.first).days + 1
    return replace(
        scope, first=scope.first - timedelta(days=days), last=scope.first - timedelta(days=1)
    )


def changes(scope: Scope, now: Sums, earlier: Sums, today: date) -> list[Change]:
    """Of each sum that was there before, too."""
    return [
        Change(
            _text(value, unit),
            _percent(value, earlier[unit]),
            _against(scope, earlier, unit, today),
        )
        for unit, value in sorted(now.items())
        if earlier.get(unit)
    ]


def _text(value: Decimal, unit: str) -> str:
    if unit:
        return f"{amount(value, unit)} {unit}"
    return ngettext("%s ticket", "%s tickets", int(value)) % number(int(value))


def _percent(value: Decimal, earlier: Decimal) -> str:
    percent = (100 * (value - earlier) / earlier).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{signed(int(percent))} %"


def _against(scope: Scope, earlier: Sums, unit: str, today: date) -> str:
    days = (scope.last - scope.first).days + 1
    words = ngettext(
        "against the day before (%(sum)s)", "against the %(days)d days before (%(sum)s)", days
    ) % {"days": days, "sum": _text(earlier[unit], unit)}
    return f"{words}; {_('today is not over')}" if scope.last >= today else words
