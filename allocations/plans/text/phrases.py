"""Numbers, moments and rules in words."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocations.enums import Closes, Draws, Opens
from allocations.plans.spec import Guarantee, Line
from common.text import moment, number

DAY = 24
# From so many hours on, whole days are told beside the hours.
DAYS_ARE_TOLD = 3 * DAY


def units(count: int) -> str:
    return ngettext("%s unit", "%s units", count) % number(count)


def percent(value: Decimal) -> str:
    return _("%s %%") % number(value)


def hours(count: int) -> str:
    phrase = ngettext("%s hour", "%s hours", count) % number(count)
    if count >= DAYS_ARE_TOLD and count % DAY == 0:
        return _("%(hours)s (%(days)d days)") % {"hours": phrase, "days": count // DAY}
    return phrase


def guarantee(part: Guarantee) -> str:
    """``30 %``, ``300 units`` or ``nothing``."""
    if part.is_nothing:
        return _("nothing")
    return percent(part.percent) if part.percent is not None else units(part.units or 0)


def common_stock(name: str) -> str:
    return _("the common stock “%s”") % name


def drawn_on(line: Line) -> str:
    match line.draws:
        case Draws.GENERAL:
            return _("the open stock of the pool")
        case Draws.GROUP:
            return common_stock(line.group)
    return _("no open stock")


# --- When: the rule, and where an event is given, the moment that it leads to --------------------


def opening(line: Line, zone: ZoneInfo) -> str:
    match line.opens:
        case Opens.AT if line.opens_at is not None:
            return moment(line.opens_at, zone)
        case Opens.AFTER_ON_SALE:
            return _after_sales_begin(line.opens_hours or 0)
        case Opens.BEFORE_START:
            return before_start(line.opens_hours or 0)
        case Opens.AFTER_TIER:
            return _("when the tier above ends")
    return _("at once")


def closing(line: Line, zone: ZoneInfo) -> str:
    match line.closes:
        case Closes.AT if line.closes_at is not None:
            return moment(line.closes_at, zone)
        case Closes.AFTER_OPENING if line.opens == Opens.AT_ONCE:
            return _after_sales_begin(line.closes_hours or 0)
        case Closes.AFTER_OPENING:
            return _("%s after it opens") % hours(line.closes_hours or 0)
        case Closes.BEFORE_START:
            return before_start(line.closes_hours or 0)
    return _("when sales end")


def release(part: Guarantee, zone: ZoneInfo) -> str:
    if part.release_hours is not None:
        return before_start(part.release_hours)
    if part.releases_at is not None:
        return moment(part.releases_at, zone)
    return _("never")


def before_start(count: int) -> str:
    return _("%s before the start") % hours(count) if count else _("at the start")


def _after_sales_begin(count: int) -> str:
    return _("%s after sales begin") % hours(count) if count else _("when sales begin")


def led_to(
    rule: str, at: datetime | None, zone: ZoneInfo, counted_from: datetime | None = None
) -> str:
    """A rule with its moment: ``48 hours before the start, that is 5 Nov 2026, 19:00 IST``.

    Where the clocks change since or until the moment that its hours are counted from, it says so:
    it would look like an hour too many or too few.
    """
    if at is None:
        return rule
    date = moment(at, zone)
    if date == rule:
        return _("on %s") % date
    phrase = _("%(rule)s, that is %(moment)s") % {"rule": rule, "moment": date}
    if counted_from is None or _offset(at, zone) == _offset(counted_from, zone):
        return phrase
    return _("%s (the clocks change in between)") % phrase


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
