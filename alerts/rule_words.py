"""Rules and teams in plain sentences: in lists, on their pages, on an event's page."""

from django.utils.formats import time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from alerts.enums import Severity
from alerts.kinds import kind_of
from alerts.models import AlertRule, AlertTeam
from transfers.words import listed, minutes

# --- Where, from what on, to whom ---------------------------------------------------------------


def scope(rule: AlertRule) -> str:
    """``All events of Summer Hall, channel Website``."""
    part = _part(rule)
    return f"{_whose(rule)}, {part}" if part else _whose(rule)


def _part(rule: AlertRule) -> str:
    parts = []
    if rule.pool is not None:
        parts.append(_("pool %s") % rule.pool)
    if rule.channel is not None:
        parts.append(_("channel %s") % rule.channel)
    return ", ".join(parts)


def _whose(rule: AlertRule) -> str:
    if rule.event is not None:
        return str(rule.event)
    if rule.venue is None:
        return _("All venues")
    return _("All events of %s") % rule.venue if kind_of(rule).is_of_stock else str(rule.venue)


def threshold(rule: AlertRule) -> str:
    """What follows "it begins", in a few words: ``below 10 % of what a channel can sell``."""
    return kind_of(rule).condition(rule)


def audience(rule: AlertRule) -> list[str]:
    """Whom it tells; the teams by name."""
    names = sorted(str(team) for team in rule.teams.all())
    if rule.tells_channel_team:
        names.append(_("the channel's team"))
    if rule.tells_partner:
        names.append(_("the channel's partner"))
    return names


# --- Whole --------------------------------------------------------------------------------------


def rule_told(rule: AlertRule, *, of_event: bool = False) -> list[str]:
    """All of a rule, a sentence for each thing that it decides; on an event's page without its name."""
    part = _part(rule)
    where = (part[:1].upper() + part[1:]) if of_event else scope(rule)
    return [*_begins(rule, where), *_told_to(rule), _again(rule), *_rests(rule)]


def _begins(rule: AlertRule, where: str) -> list[str]:
    end = kind_of(rule).end(rule)
    values = {
        "condition": threshold(rule),
        "severity": str(Severity(rule.severity).label).lower(),
        "ends": end,
    }
    if end:
        text = _("An alert of %(severity)s severity begins %(condition)s, and ends %(ends)s.")
    else:
        text = _("An alert of %(severity)s severity begins %(condition)s.")
    sentences = [_("%s.") % where] if where else []
    sentences.append(text % values)
    return [*sentences, *kind_of(rule).notes(rule)]


def _told_to(rule: AlertRule) -> list[str]:
    names = audience(rule)
    if not names:
        return [_("It tells nobody: the alert stands on the board.")]
    sentences = [_("It tells %s.") % get_text_list(names, _("and"))]
    if rule.severity == Severity.INFO:
        sentences.append(_("Low alerts are gathered and sent as one message."))
    if rule.severity == Severity.CRITICAL:
        sentences.append(_("High alerts are sent in quiet hours too."))
    if rule.escalate_minutes:
        sentences.append(escalation(rule))
    return sentences


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
    sentences = []
    if not rule.is_active:
        sentences.append(_("It is off: nothing is watched by it."))
    if rule.advice:
        sentences.append(_("The message adds: “%s”") % rule.advice)
    return sentences


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
