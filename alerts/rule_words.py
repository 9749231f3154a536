"""Rules and teams in plain sentences: in lists, on their pages, on an event's page."""

from decimal import Decimal

from django.utils.formats import time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.enums import OF_STOCK, Kind, Pace, Per, Severity, Unit
from alerts.models import AlertRule, AlertTeam
from alerts.words import chance, days, span
from allocations.plans.text.phrases import percent, units
from common.text import number
from transfers.words import listed, minutes

# --- Where, from what on, to whom ---------------------------------------------------------------


def scope(rule: AlertRule) -> str:
    """``All events of Summer Hall, channel Website``."""
    part = _part(rule)
    return f"{_whose(rule)}, {part}" if part else _whose(rule)


def _part(rule: AlertRule) -> str:
    found = []
    if rule.pool is not None:
        found.append(_("pool %s") % rule.pool)
    if rule.channel is not None:
        found.append(_("channel %s") % rule.channel)
    return ", ".join(found)


def _whose(rule: AlertRule) -> str:
    if rule.event is not None:
        return str(rule.event)
    if rule.venue is None:
        return _("All venues")
    return _("All events of %s") % rule.venue if rule.kind in OF_STOCK else str(rule.venue)


def threshold(rule: AlertRule) -> str:
    """What follows "it begins", in a few words: ``below 10 % of what a channel can sell``."""
    return _THRESHOLDS[Kind(rule.kind)](rule)


def _committed(rule: AlertRule) -> str:
    return _("from %s of the capacity sold or held") % percent(rule.threshold)


def _gap(rule: AlertRule) -> str:
    return _("when one channel has sold %(high)s or more and another %(low)s or less") % {
        "high": percent(rule.threshold),
        "low": percent(rule.other_threshold or Decimal(0)),
    }


def _waits(rule: AlertRule) -> str:
    if not rule.threshold:
        return _("when a transfer waits for approval")
    return _("when a transfer has waited %s for approval") % _span(rule.threshold)


def _silent(rule: AlertRule) -> str:
    return _("after %s without a sign of life") % _span(rule.threshold)


def _unpaid(rule: AlertRule) -> str:
    return _("%s after the day on which a payment was due") % days(float(rule.threshold))


def _fails(rule: AlertRule) -> str:
    count = int(rule.threshold)
    text = ngettext("after %s failure to deliver", "after %s failures to deliver in a row", count)
    return text % number(rule.threshold)


def _differs(rule: AlertRule) -> str:
    count = int(rule.threshold)
    text = ngettext("when %s row or more differs", "when %s rows or more differ", count)
    return text % number(rule.threshold)


def _span(limit: Decimal) -> str:
    return minutes(int(limit)) if limit == int(limit) else span(float(limit))


def _low_stock(rule: AlertRule) -> str:
    texts = {
        (Per.CHANNEL, Unit.PERCENT): _("below %s of what a channel can sell of a pool"),
        (Per.CHANNEL, Unit.UNITS): _("when a channel can sell fewer than %s of a pool"),
        (Per.POOL, Unit.PERCENT): _("below %s of a pool"),
        (Per.POOL, Unit.UNITS): _("when fewer than %s are left of a pool"),
        (Per.ITEM, Unit.PERCENT): _("below %s of an item"),
        (Per.ITEM, Unit.UNITS): _("when fewer than %s are left of an item"),
    }
    told = percent(rule.threshold) if rule.unit == Unit.PERCENT else _counted(rule)
    return texts[Per(rule.per), Unit(rule.unit)] % told


def _counted(rule: AlertRule) -> str:
    if rule.per == Per.ITEM or rule.threshold != int(rule.threshold):
        return number(rule.threshold)
    return units(int(rule.threshold))


def _velocity(rule: AlertRule) -> str:
    texts = {
        Pace.BOTH: _(
            "when it sells faster or slower than usual in %(window)s, as chance alone does less than %(chance)s times"
        ),
        Pace.FASTER: _(
            "when it sells faster than usual in %(window)s, as chance alone does less than %(chance)s times"
        ),
        Pace.SLOWER: _(
            "when it sells slower than usual in %(window)s, as chance alone does less than %(chance)s times"
        ),
    }
    values = {
        "window": minutes(rule.window_minutes or 0),
        "chance": chance(rule.probability or 0),
    }
    return texts[Pace(rule.pace)] % values


_THRESHOLDS = {
    Kind.LOW_STOCK: _low_stock,
    Kind.OVERSELL_RISK: _committed,
    Kind.VELOCITY: _velocity,
    Kind.SELL_THROUGH_GAP: _gap,
    Kind.TRANSFER_WAITING: _waits,
    Kind.SYNC_OVERDUE: _silent,
    Kind.PAYMENT_OVERDUE: _unpaid,
    Kind.DELIVERY_FAILING: _fails,
    Kind.LEDGER_DIFFERENCE: _differs,
}


def ends(rule: AlertRule) -> str:
    """When an alert of stock is over; empty where that goes without saying."""
    back = rule.hysteresis
    match Kind(rule.kind):
        case Kind.LOW_STOCK:
            limit = rule.threshold + back
            told = percent(min(limit, Decimal(100)))
            return _("at %s or more") % (told if rule.unit == Unit.PERCENT else number(limit))
        case Kind.OVERSELL_RISK:
            return _("below %s") % percent(max(rule.threshold - back, Decimal(0)))
        case Kind.SELL_THROUGH_GAP:
            return _("when the one is below %(high)s or the other above %(low)s") % {
                "high": percent(rule.threshold - back),
                "low": percent((rule.other_threshold or Decimal(0)) + back),
            }
    return ""


def audience(rule: AlertRule) -> list[str]:
    """Whom it tells; the teams by name."""
    found = sorted(str(team) for team in rule.teams.all())
    if rule.tells_channel_team:
        found.append(_("the channel's team"))
    if rule.tells_partner:
        found.append(_("the channel's partner"))
    return found


# --- Whole --------------------------------------------------------------------------------------


def rule_told(rule: AlertRule, *, of_event: bool = False) -> list[str]:
    """All of a rule, a sentence for each thing that it decides; on an event's page without its name."""
    part = _part(rule)
    where = (part[:1].upper() + part[1:]) if of_event else scope(rule)
    return [*_begins(rule, where), *_told_to(rule), _again(rule), *_rests(rule)]


def _begins(rule: AlertRule, where: str) -> list[str]:
    end = ends(rule)
    values = {
        "condition": threshold(rule),
        "severity": str(Severity(rule.severity).label).lower(),
        "ends": end,
    }
    if end:
        text = _("An alert of %(severity)s severity begins %(condition)s, and ends %(ends)s.")
    else:
        text = _("An alert of %(severity)s severity begins %(condition)s.")
    found = [_("%s.") % where] if where else []
    found.append(text % values)
    if rule.kind == Kind.VELOCITY:
        few = _("Where fewer than %s were sold and expected, nothing is judged.")
        found.append(few % units(int(rule.threshold)))
    return found


def _told_to(rule: AlertRule) -> list[str]:
    told = audience(rule)
    if not told:
        return [_("It tells nobody: the alert stands on the board.")]
    found = [_("It tells %s.") % get_text_list(told, _("and"))]
    if rule.severity == Severity.INFO:
        found.append(_("Low alerts are gathered and sent as one message."))
    if rule.severity == Severity.CRITICAL:
        found.append(_("High alerts are sent in quiet hours too."))
    if rule.escalate_minutes:
        found.append(escalation(rule))
    return found


def escalation(rule: AlertRule) -> str:
    """To whom else it goes; of one that is escalated."""
    further = listed(rule.escalate_to.all()) or _("the same teams again")
    return _("When nobody has acknowledged it after %(span)s, it goes to %(teams)s.") % {
        "span": minutes(rule.escalate_minutes or 0),
        "teams": further,
    }


def _again(rule: AlertRule) -> str:
    if not rule.cooldown_minutes:
        return _("Once ended, it may begin again at once.")
    return _("Once ended, it does not begin again for %s.") % minutes(rule.cooldown_minutes)


def _rests(rule: AlertRule) -> list[str]:
    found = []
    if not rule.is_active:
        found.append(_("It is off: nothing is watched by it."))
    if rule.advice:
        found.append(_("The message adds: “%s”") % rule.advice)
    return found


def quiet_hours(team: AlertTeam) -> str:
    """``22:00 to 07:00, Asia/Kolkata``; empty where there are none."""
    if team.quiet_from is None or team.quiet_until is None:
        return ""
    zone = team.time_zone or (team.venue.time_zone if team.venue else "UTC")
    return _("%(from)s to %(until)s, %(zone)s") % {
        "from": time_format(team.quiet_from, "H:i"),
        "until": time_format(team.quiet_until, "H:i"),
        "zone": zone,
    }
