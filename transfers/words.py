"""Policies, rules and needs in plain sentences; times are the venue's."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocations.models import SalesChannel, Stock
from allocations.plans.text import phrases
from allocations.unreported import Unreported
from common import text
from events.models import Event
from transfers.enums import Amount, Need
from transfers.models import TransferPolicy, TransferRule

HOUR = 60


def moment(at: datetime, zone: ZoneInfo) -> str:
    """With the day of the week: ``Fri 6 Nov 2026, 19:00 IST``."""
    return f"{date_format(at.astimezone(zone), 'D')} {text.minute(at, zone)}"


def minutes(count: int) -> str:
    if count and count % HOUR == 0:
        return phrases.hours(count // HOUR)
    return ngettext("%s minute", "%s minutes", count) % text.number(count)


def listed(names: Iterable[object]) -> str:
    """``A, B and C``."""
    return get_text_list(sorted(str(name) for name in names), _("and"))


def perhaps_sold(source: Stock, unreported: Unreported | None, now: datetime) -> str:
    """Of a channel that reports late, what it may have sold since, for whoever takes units of it; empty for others."""
    if unreported is None:
        return ""
    ago = timesince(min(unreported.reported_at, now), now, depth=1)
    if unreported.high is None:
        return _(
            "%(channel)s reported %(ago)s ago, and so few times that nobody can estimate what it has sold since."
        ) % {"channel": source.channel, "ago": ago}
    if not unreported.at_risk:
        return ""
    return _(
        "%(channel)s reported %(ago)s ago. About %(about)s, at most %(high)s, may be sold since: of %(free)s free "
        "units %(sure)s are free for sure."
    ) % {
        "channel": source.channel,
        "ago": ago,
        "about": text.number(unreported.about or 0),
        "high": text.number(unreported.high),
        "free": text.number(source.free),
        "sure": text.number(max(source.free - unreported.at_risk, 0)),
    }


# --- Needs --------------------------------------------------------------------------------------


def need(why: Need | str, policy: TransferPolicy, channels: Iterable[SalesChannel]) -> str:
    """Why a transfer between these channels needs approval, by the policy as it is now."""
    match Need(why):
        case Need.NEAR_START:
            hours = phrases.hours(policy.approval_hours)
            near = _("It is less than %s to the start.") % hours
            return near if policy.approval_hours else _("The event has started.")
        case Need.MOVED_AWAY:
            return _(
                "The event was moved away when its former start was near; that start counts until it "
                "has passed."
            )
        case Need.ABOVE_UNITS if policy.approval_above is not None:
            return _("More than %s would leave the row within 24 hours.") % phrases.units(
                policy.approval_above
            )
        case Need.ABOVE_UNITS:
            return _("It moved more than the policy allowed without an approval.")
        case Need.NAMED_CHANNEL:
            always = set(policy.always.all())
            named = listed(channel for channel in channels if channel in always)
            return _("What moves to or from %s always needs approval.") % (
                named or _("one of its channels")
            )
        case Need.PARTNER_ASKS:
            return _("A partner asks for more.")


def needs(whys: Iterable[Need | str], policy: TransferPolicy, *rows: Stock) -> list[str]:
    """The same of all reasons; ``rows`` are the two between which units move."""
    channels = [row.channel for row in rows if row.channel is not None]
    return [need(why, policy, channels) for why in whys]


# --- The policy ---------------------------------------------------------------------------------


def approval(policy: TransferPolicy, event: Event | None = None) -> list[str]:
    """When an approval is needed; of an event with the moment."""
    always = listed(policy.always.all())
    if always:
        named = _("Whatever moves to or from %s always needs approval.") % always
    else:
        named = _("No channel is named whose transfers always need approval.")
    if policy.approval_above is None:
        above = _("No number of units needs an approval by itself.")
    else:
        above = _(
            "More than %s that leave a row within 24 hours, together, always need approval."
        ) % phrases.units(policy.approval_above)
    return [
        _near(policy, event),
        above,
        named,
        _("What a partner asks to be given always needs approval; what it offers does not."),
        _("Anything else is carried out at once, if the units are free."),
    ]


def _near(policy: TransferPolicy, event: Event | None) -> str:
    hours = policy.approval_hours
    if event is None:
        if not hours:
            return _("From the start of an event on, each transfer needs an approval.")
        return _("From %s before the start on, each transfer needs an approval.") % (
            phrases.hours(hours)
        )
    at = moment(event.starts_at - timedelta(hours=hours), event.venue.zone)
    if not hours:
        return _("From %s on, that is the start, each transfer needs an approval.") % at
    return _(
        "From %(at)s on, that is %(hours)s before the start, each transfer needs an approval."
    ) % {
        "at": at,
        "hours": phrases.hours(hours),
    }


def protection(policy: TransferPolicy) -> str:
    protected = listed(policy.protected.all())
    if not protected:
        return _("No channel is protected: units may be taken from any.")
    return _("Nobody takes units from %s; only its own partner may offer some.") % protected


def waiting(policy: TransferPolicy, event: Event | None = None) -> str:
    """For how long a request waits."""
    hours = phrases.hours(policy.lapse_hours)
    if event is None:
        return _("A request waits %s, at the latest until sales end; then it lapses.") % hours
    return _("A request waits %(hours)s, at the latest until sales end on %(at)s.") % {
        "hours": hours,
        "at": moment(event.sales_close, event.venue.zone),
    }


def eyes(policy: TransferPolicy) -> str:
    if policy.four_eyes:
        return _(
            "Four eyes: whoever has asked for a transfer does not decide it, and neither does who issued "
            "the key, wrote the rule or applied the plan that asks for it."
        )
    return _("Whoever has asked for a transfer may also decide it.")


# --- Rules --------------------------------------------------------------------------------------


def condition(rule: TransferRule) -> str:
    """``sold below 30 % → sold 90 % or more``."""
    return _("sold below %(low)s → sold %(high)s or more") % {
        "low": _percent(rule.source_below),
        "high": _percent(rule.target_at_least),
    }


def amount(rule: TransferRule) -> str:
    match rule.amount:
        case Amount.UNITS:
            return phrases.units(rule.value or 0)
        case Amount.PERCENT:
            return _("%s of what the source has unsold") % _percent(Decimal(rule.value or 0))
    return _("as many as make both have sold the same share")


def limits(rule: TransferRule) -> str:
    """What bounds the amount; empty where nothing does."""
    bounds = []
    if rule.keeps:
        bounds.append(_("the source keeps %s free") % phrases.units(rule.keeps))
    if rule.max_per_run:
        bounds.append(_("at most %s at once") % phrases.units(rule.max_per_run))
    if rule.max_per_day:
        bounds.append(_("at most %s in 24 hours") % phrases.units(rule.max_per_day))
    return "; ".join(bounds)


def window(rule: TransferRule, event: Event | None = None) -> str:
    """From when until when it looks; of an event with the moments."""
    start = _("the beginning of sales")
    if rule.starts_hours is not None:
        start = _before(rule.starts_hours, event)
    end = _before(rule.stops_hours, event) if rule.stops_hours else _("the end of sales")
    return _("from %(start)s until %(end)s") % {"start": start, "end": end}


def _before(hours: int, event: Event | None) -> str:
    before = phrases.before_start(hours)
    if event is None:
        return before
    at = moment(event.starts_at - timedelta(hours=hours), event.venue.zone)
    return _("%(at)s (%(rule)s)") % {"at": at, "rule": before}


def pauses(rule: TransferRule) -> str:
    return _(
        "Between the same two channels it pauses for %(pause)s; for the way back both limits are "
        "%(points)s points harder to pass."
    ) % {"pause": minutes(rule.cooldown_minutes), "points": text.number(rule.hysteresis)}


def rule_told(rule: TransferRule, event: Event | None = None) -> str:
    """All of a rule in a few sentences."""
    sources, targets = listed(rule.sources.all()), listed(rule.targets.all())
    sentences = [
        _(
            "“%(name)s”: from %(sources)s that has sold less than %(low)s of its part, to %(targets)s "
            "that has sold %(high)s or more of its own, %(amount)s."
        )
        % {
            "name": rule.name,
            "sources": sources or _("any channel"),
            "low": _percent(rule.source_below),
            "targets": targets or _("any channel"),
            "high": _percent(rule.target_at_least),
            "amount": amount(rule),
        }
    ]
    bounds = limits(rule)
    if bounds:
        sentences.append(_sentence(bounds))
    sentences.append(_("It looks %s.") % window(rule, event))
    sentences.append(pauses(rule))
    if rule.is_trial:
        sentences.append(
            _("It is on trial: it writes down what it would ask for, and asks for nothing.")
        )
    return " ".join(sentences)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _percent(value: Decimal) -> str:
    return phrases.percent(value)
