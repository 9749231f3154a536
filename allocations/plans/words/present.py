"""What a channel's stock says at the moment, where no plan says it or the plan another thing.

People move stock and set drawing terms by hand, capacities grow: a document that told the plan
alone would promise what is not so.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from allocations.enums import Draws
from allocations.models import Stock
from allocations.plans.words import phrases
from allocations.plans.words.given import Given
from allocations.plans.words.terms import Term


def without_plan(row: Stock, zone: ZoneInfo) -> Iterator[Term]:
    """Of a pool for which no plan is in force. ``row`` with what it draws on."""
    own = phrases.units(row.quantity - row.drawn)
    yield Term(_("Your part"), _("No plan is in force. At present your part is %s.") % own)
    yield Term(_("Open stock"), _drawing(row, zone))


def beside_plan(row: Stock, given: Given, now: datetime) -> Iterator[Term]:
    """Where the stock is otherwise than the plan in force says; nothing where it is as it should be.

    What has been released is as it should be, whatever it is.
    """
    label = _("Changed since")
    part, is_over = given.part, given.part.is_over(now)
    own = row.quantity - row.drawn
    if own != part.units and not is_over:
        text = _("At present your part is %s: stock or capacity was changed after the plan.")
        yield Term(label, text % phrases.units(own))
    zone = given.event.venue.zone
    # Who drew nowhere, or on what has ended, has other terms since: those of giving back.
    gives_back = (is_over and given.line.draws == Draws.NONE) or given.common_is_over(now)
    if _terms(row) != _planned(given) and not gives_back:
        yield Term(label, f"{_('Terms were changed after the plan.')} {_drawing(row, zone)}")
    if row.releases_at != part.ends and not is_over:
        when = phrases.moment(row.releases_at, zone) if row.releases_at else _("never")
        yield Term(label, _("At present unsold units go back: %s.") % when)


def numbers(row: Stock) -> str:
    """``312 units, of which 310 are sold, 2 on hold and 0 free; 12 of them were drawn.``"""
    text = _("%(units)s, of which %(sold)s are sold, %(held)s on hold and %(free)s free.")
    if row.drawn:
        text = _(
            "%(units)s, of which %(sold)s are sold, %(held)s on hold and %(free)s free; %(drawn)s of "
            "them were drawn."
        )
    names = ("sold", "held", "free", "drawn")
    return text % {
        "units": phrases.units(row.quantity),
        **{name: phrases.number(getattr(row, name)) for name in names},
    }


def _terms(row: Stock) -> tuple[object, ...]:
    on = None if row.draws_on is None else row.draws_on.name
    return on, row.draws_from, row.draws_until, row.ceiling


def _planned(given: Given) -> tuple[object, ...]:
    line, window = given.line, given.window
    on = None if line.draws == Draws.NONE else line.group
    return on, window.start, window.end, line.ceiling


def _drawing(row: Stock, zone: ZoneInfo) -> str:
    if row.draws_on is None:
        return _("At present you may not draw on open stock.")
    name = row.draws_on.name
    on = phrases.common_stock(name) if name else _("the open stock of the pool")
    found = _("At present you may draw on %s") % on
    if row.draws_from is not None:
        found += _(" from %s") % phrases.moment(row.draws_from, zone)
    if row.draws_until is not None:
        found += _(" until %s") % phrases.moment(row.draws_until, zone)
    if row.ceiling is not None:
        found += _(", up to %s in all") % phrases.units(row.ceiling)
    return f"{found}."
