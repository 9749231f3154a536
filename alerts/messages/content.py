"""What a message tells: of an alert, of several in a digest, of a transfer, or that it is a test."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts import words
from alerts.enums import Purpose, Severity
from alerts.links import alert_link, test_link
from alerts.messages.charts import chart_of
from alerts.messages.letter_news import letter_content
from alerts.messages.mailing_news import mailing_content
from alerts.messages.transfer_news import transfer_content
from alerts.models import Alert, Delivery, Endpoint
from alerts.quantities import number, span
from alerts.transports.lines import line
from alerts.transports.message import Content, Section
from common.clock import utc

# What a delivery is read with.
RELATED = (
    "endpoint__team__venue",
    "endpoint__person",
    "endpoint__channel__venue",
    "alert__rule",
    "alert__venue",
    "alert__event__venue",
    "notice__step__transfer__event__venue",
    "notice__step__transfer__pool",
    "notice__step__transfer__source__channel",
    "notice__step__transfer__target__channel",
    "letter__plan__pool__event__venue",
    "notice__change__event__venue",
    "mailing__venue",
)
MAX_SECTIONS = 20
MAX_SUBJECT = 140
MINUTE = 60
# What a program is told of an alert, beside who and where: numbers that it keeps.
NUMBERS = ("seen", "threshold", "latest", "expected", "low", "high", "probability")


def content_of(deliveries: Sequence[Delivery], now: datetime) -> Content:
    first, *others = deliveries
    if others:
        return _digest(deliveries, now)
    match Purpose(first.purpose):
        case Purpose.OPENED | Purpose.ESCALATED if first.alert is not None:
            return _alert(first, first.alert, now)
        case Purpose.NOTICE if first.notice is not None:
            return transfer_content(first.notice, first.endpoint, now, foot(first.endpoint))
        case Purpose.LETTER if first.letter is not None:
            return letter_content(first.letter, first.endpoint, now, foot(first.endpoint))
        case Purpose.REPORT if first.mailing is not None:
            return mailing_content(first.mailing, first.endpoint, now)
    return _test(first, now)


NOBODY = gettext_lazy(
    "None of the teams that this is for has anybody who can be reached: you get it in their place. "
    "Name somebody in the teams of the rule."
)


def _alert(delivery: Delivery, alert: Alert, now: datetime) -> Content:
    section = _section(alert, delivery.endpoint, now, in_full=True)
    tag, where = section.severity.label if section.severity else "", _name_of(alert)
    if delivery.purpose == Purpose.OPENED:
        kind, lead = "alert.opened", ""
        subject = f"[{tag}] {section.title}"
    else:
        since = alert.told_at or alert.opened_at
        kind = "alert.escalated"
        lead = _("Nobody has acknowledged it for %s.") % span(
            (now - since).total_seconds() / MINUTE
        )
        subject = _("[%(tag)s] Not acknowledged: %(title)s") % {"tag": tag, "title": section.title}
    return Content(
        kind=kind,
        at=now,
        subject=_with(subject, where),
        lead=" ".join(filter(None, (lead, str(NOBODY) if delivery.for_nobody else ""))),
        sections=(section,),
        foot=foot(delivery.endpoint),
    )


def _digest(deliveries: Sequence[Delivery], now: datetime) -> Content:
    """Several alerts in one message, the highest severity first."""
    by_severity = list(Severity)
    alerts = sorted(
        (delivery.alert for delivery in deliveries if delivery.alert is not None),
        key=lambda alert: (-by_severity.index(Severity(alert.severity)), alert.pk),
    )
    endpoint = deliveries[0].endpoint
    first = alerts[:MAX_SECTIONS]
    count = ngettext("%s alert", "%s alerts", len(alerts)) % number(len(alerts))
    severity = Severity(alerts[0].severity)
    venues = {alert.venue_id for alert in alerts}
    venue = alerts[0].venue if len(venues) == 1 else None
    lead = (
        _("%s of low severity, gathered.")
        if severity == Severity.INFO
        else _("%s at about the same time, gathered. Those of the highest severity come first.")
    ) % count
    if any(delivery.for_nobody for delivery in deliveries):
        lead = f"{lead} {NOBODY}"
    return Content(
        kind="alert.digest",
        at=now,
        subject=_with(f"[{severity.label}] {count}", line(venue.name, 60) if venue else ""),
        lead=lead,
        sections=tuple(_section(alert, endpoint, now) for alert in first),
        more=len(alerts) - len(first),
        foot=foot(endpoint),
    )


def _section(alert: Alert, endpoint: Endpoint, now: datetime, *, in_full: bool = False) -> Section:
    is_partners = endpoint.channel_id is not None
    link = alert_link(alert, endpoint)
    # Advice is for the venue's own people, who may name other channels in it.
    advice = alert.rule.advice if alert.rule is not None and not is_partners else ""
    return Section(
        title=line(words.title(alert)),
        place=line(words.place(alert)),
        reason=line(words.reason(alert), 600),
        severity=Severity(alert.severity),
        numbers=tuple((label, line(value, 100)) for label, value in words.numbers(alert)),
        advice=line(advice),
        link=link,
        chart=chart_of(alert, now) if in_full else None,
        data={
            "id": str(alert.uuid),
            "kind": alert.kind,
            "severity": alert.severity,
            "status": alert.status,
            "title": words.title(alert),
            "reason": words.reason(alert),
            "venue": alert.venue.name if alert.venue is not None else None,
            "event": alert.event_id,
            "event_name": alert.event.name if alert.event is not None else None,
            "utc_starts_at": utc(alert.event.starts_at) if alert.event is not None else None,
            "pool": alert.pool_id,
            "item": alert.item_id,
            "channel": alert.channel_id,
            **{name: getattr(alert, name) for name in NUMBERS},
            # By kind: both sides of a gap, which a partner is not told of.
            "details": {} if is_partners else alert.details,
            "utc_opened_at": utc(alert.opened_at),
            "url": link,
        },
    )


def _test(delivery: Delivery, now: datetime) -> Content:
    link = test_link(delivery)
    section = Section(
        title=_("This is a test message"),
        reason=_("Messages to “%s” arrive. Say with the link that somebody reads them.")
        % line(delivery.endpoint, 100),
        link=link,
        data={"endpoint": line(delivery.endpoint, 100), "url": link},
    )
    return Content(
        kind="test",
        at=now,
        subject=_("Test message from Finlo Inventory"),
        open_label=_("I have read it"),
        sections=(section,),
        foot=foot(delivery.endpoint),
    )


def foot(endpoint: Endpoint) -> str:
    """Why somebody gets the message."""
    if endpoint.channel is not None:
        return _("You get this as the partner of %(channel)s at %(venue)s.") % {
            "channel": line(endpoint.channel.name, 100),
            "venue": line(endpoint.channel.venue.name, 100),
        }
    team = endpoint.team
    if team is None or team.venue is None:
        return _("You get this as a member of the team “%s”.") % line(team or "", 100)
    return _("You get this as a member of the team “%(team)s” of %(venue)s.") % {
        "team": line(team.name, 100),
        "venue": line(team.venue.name, 100),
    }


def _name_of(alert: Alert) -> str:
    """What the subject of a mail ends with."""
    if alert.event is not None:
        return line(alert.event.name, 60)
    return line(alert.venue.name, 60) if alert.venue is not None else ""


def _with(subject: str, where: str) -> str:
    """What it is about stays whole, however long the rest is."""
    if not where:
        return line(subject, MAX_SUBJECT)
    return f"{line(subject, MAX_SUBJECT - len(where) - 3)} – {where}"
