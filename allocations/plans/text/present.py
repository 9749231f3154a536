"""What a channel's stock says at the moment, where no plan says it or the plan another thing.

People move stock and set drawing terms by hand, capacities grow: a document that told the plan
alone would promise what is not so.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from allocations.enums import REPORTS_LATE, Draws
from allocations.models import SalesChannel, Stock
from allocations.plans.text import phrases
from allocations.plans.text.given import Given
from allocations.plans.text.terms import Term
from common.text import moment, number


def without_plan(row: Stock, zone: ZoneInfo) -> Iterator[Term]:
    """Of a pool for which no plan is in force. ``row`` with what it draws on."""
    own = phrases.units(row.quantity - row.drawn)
    yield Term(_("Your part"), _("No plan is in force. At present your part is %s.") % own)
    yield Term(_("Open stock"), _drawing(row, zone))


def in_force(terms: Sequence[Term], row: Stock, given: Given, now: datetime) -> list[Term]:
    """The plan's terms, and in place of those that the stock has otherwise what is so now.

    What has been released is as it should be, whatever it is.
    """
    changed = _("Changed since")
    part, zone = given.part, given.event.venue.zone
    is_over = part.is_over(now)
    result = list(terms)
    # Who drew nowhere, or on what has ended, has other terms since: those of giving back.
    gives_back = (is_over and given.line.draws == Draws.NONE) or given.common_is_over(now)
    if _terms(row) != _planned(given) and not gives_back:
        label = _("Open stock")
        of_plan = {_("When you may draw"), _("Your tier"), _("Ceiling")}
        result = [
            Term(label, _drawing(row, zone)) if term.label == label else term
            for term in result
            if term.label not in of_plan
        ]
        result.append(Term(changed, _("Where and when you may draw was changed after the plan.")))
    if is_over and row.releases_at is not None and row.free and _reports_late(row.channel):
        kept = phrases.units(row.free)
        text = _("%s that you may have sold and not reported yet stay with you until you report.")
        label = _("Unsold units")
        result = [
            Term(label, f"{term.text} {text % kept}") if term.label == label else term
            for term in result
        ]
    if row.releases_at != part.ends and not is_over:
        label = _("Unsold units")
        when = moment(row.releases_at, zone) if row.releases_at else _("never")
        present = Term(label, _("At present unsold units go back: %s.") % when)
        if any(term.label == label for term in result):
            result = [present if term.label == label else term for term in result]
        else:
            result.append(present)
        result.append(Term(changed, _("When unsold units go back was changed after the plan.")))
    return result


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
        **{name: number(getattr(row, name)) for name in names},
    }


def _reports_late(channel: SalesChannel | None) -> bool:
    return channel is not None and channel.connectivity in REPORTS_LATE


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
    sentence = _("At present you may draw on %s") % on
    if row.draws_from is not None:
        sentence += _(" from %s") % moment(row.draws_from, zone)
    if row.draws_until is not None:
        sentence += _(" until %s") % moment(row.draws_until, zone)
    if row.ceiling is not None:
        sentence += _(", up to %s in all") % phrases.units(row.ceiling)
    return f"{sentence}."
