"""What a plan gives a channel, in sentences that are said to the channel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from allocations.enums import Closes, Draws, Opens
from allocations.plans.spec import Guarantee
from allocations.plans.text import phrases
from allocations.plans.text.given import Given, Part
from common import text


@dataclass(frozen=True, slots=True)
class Term:
    """One matter: what a letter puts beside it, and whole sentences about it."""

    label: str
    text: str


def terms_of(given: Given, now: datetime) -> Iterator[Term]:
    """All that a plan says to a channel, in the order in which it is asked."""
    yield Term(_("Your part"), _own_part(given, now))
    yield Term(_("Open stock"), _open_stock(given, now))
    draws = given.line.draws != Draws.NONE and not given.common_is_over(now)
    if given.problem:
        yield Term(_("Not settled yet"), given.problem)
    elif draws:
        yield Term(_("When you may draw"), _access(given))
    if given.has_tiers and draws:
        yield Term(_("Your tier"), _tier(given))
    if given.line.ceiling is not None:
        text = _("Your part, with what you draw, is never more than %s.")
        yield Term(_("Ceiling"), text % phrases.units(given.line.ceiling))
    if not given.line.is_nothing:
        yield Term(_("Unsold units"), _unsold(given, now))
        yield Term(_("May they be moved?"), _moving(given))
    if given.group_part is not None and given.group_part.ends is not None:
        yield Term(_("End of the common stock"), _group_ends(given, given.group_part, now))


def _own_part(given: Given, now: datetime) -> str:
    if given.own_now not in (None, given.part.units) and not given.part.is_over(now):
        return _own_part_now(given, given.own_now or 0)
    if given.line.is_nothing:
        return _("No part is set aside for you.")
    if given.part.is_over(now):
        return _("%s were set aside for you. That time is over.") % phrases.units(given.part.units)
    guarantee = _guaranteed(given.line, given.part, given.capacity)
    text = _("You are guaranteed %s") % guarantee
    return text if given.line.is_dynamic else f"{text} {_('It is set aside for you alone.')}"


def _own_part_now(given: Given, own: int) -> str:
    """Where the stock is otherwise than the plan says: what there is, and not what was to be."""
    if not own:
        sentence = _("No part is set aside for you at present.")
    else:
        sentence = _("Your part at present is %s.") % phrases.units(own)
        if not given.line.is_dynamic:
            sentence += " " + _("It is set aside for you alone.")
    plan = _("The plan gives you %s; stock or capacity was changed after it.")
    return f"{sentence} {plan % phrases.guarantee(given.line)}"


def _guaranteed(part: Guarantee, share: Part, capacity: int) -> str:
    """A number, or a percentage with what it comes to, and the rounding where there is one."""
    whole = phrases.units(share.units)
    if part.percent is None:
        return f"{whole}."
    numbers = {
        "percent": phrases.percent(part.percent),
        "capacity": text.number(capacity),
        "units": whole,
        "exact": text.number(share.exact),
    }
    if share.exact == share.units:
        return _("%(percent)s of the capacity of %(capacity)s, which is %(units)s.") % numbers
    return (
        _(
            "%(percent)s of the capacity of %(capacity)s. That would be %(exact)s units; rounded, "
            "it is %(units)s."
        )
        % numbers
    )


def _open_stock(given: Given, now: datetime) -> str:
    line, group = given.line, given.group
    if line.draws == Draws.NONE:
        text = _("You may not draw on open stock.")
        return text if line.is_nothing else f"{text} {_('You can sell your own part only.')}"
    if given.common_is_over(now):
        return _("You drew on %s, which has ended.") % phrases.drawn_on(line)
    begin = _("You") if line.is_nothing else _("Beyond your part you")
    sentences = _("%(you)s may draw on %(stock)s, which you share with other channels.") % {
        "you": begin,
        "stock": phrases.drawn_on(line),
    }
    if group is not None and given.group_part is not None and not group.is_nothing:
        if given.common_now not in (None, given.group_part.units):
            text = _("All who share it have together %s of it at present.")
            sentences += " " + text % phrases.units(given.common_now or 0)
        else:
            size = _guaranteed(group, given.group_part, given.capacity)
            sentences += " " + _("All who share it are together guaranteed %s") % size
    return (
        f"{sentences} {_('A unit is taken from it when you hold or sell it, while there is one.')}"
    )


def _access(given: Given) -> str:
    line, window, zone = given.line, given.window, given.event.venue.zone
    if line.opens == Opens.AT_ONCE and line.closes == Closes.NEVER:
        return _("As long as tickets are on sale.")
    opens = phrases.opening(line, zone)
    closes = phrases.closing(line, zone)
    return _("It opens %(opens)s. It closes %(closes)s.") % {
        "opens": phrases.led_to(opens, window.start, zone, given.opening_counts_from),
        "closes": phrases.led_to(closes, window.end, zone, given.closing_counts_from),
    }


def _tier(given: Given) -> str:
    sentences = _("You are in tier %d.") % given.line.tier
    if given.line.opens == Opens.AFTER_TIER:
        sentences += " " + _("It comes after the window of the tier above, sold out or not.")
    return sentences


def _release(part: Guarantee, ends: datetime, given: Given) -> str:
    zone = given.event.venue.zone
    counted_from = given.event.starts_at if part.release_hours is not None else None
    return phrases.led_to(phrases.release(part, zone), ends, zone, counted_from)


def _unsold(given: Given, now: datetime) -> str:
    if given.part.ends is None:
        return _("What you have not sold stays yours until the sale ends.")
    # What ends while its group goes on returns to the group.
    group = given.group_part
    stays = group is not None and (group.ends is None or group.ends > given.part.ends)
    to = phrases.drawn_on(given.line) if stays else _("the open stock of the pool")
    if given.part.is_over(now):
        text = _(
            "What you had not sold went back to %(stock)s %(when)s. What you had on hold follows "
            "if it is not bought."
        )
    else:
        text = _(
            "What you have not sold goes back to %(stock)s %(when)s. What you have on hold then "
            "follows if it is not bought."
        )
    return text % {"stock": to, "when": _release(given.line, given.part.ends, given)}


def _moving(given: Given) -> str:
    if not given.line.is_dynamic:
        return _("Unsold units of yours are not moved to other channels automatically.")
    if given.line.floor:
        return _(
            "Unsold units of yours may be moved to channels that sell faster; at least %s stay "
            "with you."
        ) % phrases.units(given.line.floor)
    return _("Unsold units of yours may be moved to channels that sell faster.")


def _group_ends(given: Given, part: Part, now: datetime) -> str:
    group, ends = given.group, part.ends
    if group is None or ends is None:
        return ""
    if part.is_over(now):
        text = _("%(stock)s ended %(when)s. What was left of it went back to the pool.")
    else:
        text = _(
            "%(stock)s ends %(when)s. What is left of it goes back to the pool, and you draw on "
            "it no more."
        )
    sentence = text % {
        "stock": phrases.common_stock(group.name),
        "when": _release(group, ends, given),
    }
    return sentence[:1].upper() + sentence[1:]
