"""What the pages of late sales call things."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.timesince import timesince
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from allocations.unreported import Unreported
from common.text import local_time, money, number
from offline.estimates import ReportedSales
from offline.models import Conflict

A_MINUTE = timedelta(minutes=1)


def span(duration: timedelta) -> str:
    """Whole hours where it is that, else minutes."""
    minutes = round(duration.total_seconds() / 60)
    if minutes and minutes % 60 == 0:
        return ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
    return ngettext("%d minute", "%d minutes", minutes) % minutes


def span_of_hours(hours: float) -> str:
    """As a person says it: minutes below two hours, hours below two days, else days."""
    minutes = max(round(60 * hours), 1)
    if minutes < 120:  # noqa: PLR2004
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    count = round(hours)
    if count < 48:  # noqa: PLR2004
        return ngettext("%d hour", "%d hours", count) % count
    return ngettext("%d day", "%d days", round(hours / 24)) % round(hours / 24)


def tickets_in_words(lines: Iterable[tuple[int, str]]) -> str:
    """Each count with its item; a dash for none."""
    return ", ".join(f"{number(count)} × {item}" for count, item in lines if count) or _t("–")


def sold_of(owner: Any) -> str:
    """The tickets of a conflict or a booking, line by line."""
    return tickets_in_words((line.quantity, line.item.name) for line in owner.lines.all())


def sold_in_words(sales: ReportedSales, kept: Unreported | None = None) -> str:
    """E.g. ``412 reported, about 430 now (421 to 443)``: what was reported and what is estimated stand apart.

    ``kept``: the estimate that all other pages show, where there is one already.
    """
    words = _t("%s reported") % number(sales.reported)
    if kept is not None:
        words = kept.in_words(sales.reported, sales.row.zone)
    elif sales.estimate is not None:
        words += _t(", about %(about)s now (%(low)s to %(high)s)") % {
            "about": number(sales.about),
            "low": number(sales.low),
            "high": number(sales.high),
        }
    return words


def their_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """When something was by the channel's own clock, which may say any year; shown on the venue's."""
    try:
        return local_time(moment, zone)
    except OverflowError:  # the first or last day that there is
        return str(moment)


def clock_ahead(said: datetime | None, received: datetime) -> str:
    """How far the channel's clock was ahead of ours at least: it has reported what was still to come."""
    if said is None or said - received < A_MINUTE:
        return ""
    return _t("at least %s ahead of our clock") % timesince(received, said, depth=1)


def tickets_of(conflict: Conflict) -> dict[int, int]:
    """Item → tickets in question."""
    tickets: Counter[int] = Counter()
    for line in conflict.lines.all():
        tickets[line.item_id] += line.quantity
    return tickets


def amount_of(conflict: Conflict) -> str:
    """What the channel has taken for what is in conflict; a dash where nobody knows."""
    lines = conflict.lines.all()
    if not lines:
        return "–"
    total = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
    return money(total, conflict.channel.venue.currency)
