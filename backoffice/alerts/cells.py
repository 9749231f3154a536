"""How an alert is shown in a row, and on its page: severity, place, time, state, who was told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from django.db.models import Count, Model
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from alerts import rules, words
from alerts.enums import AlertStatus, DeliveryStatus, Severity
from alerts.models import Alert, AlertStep, Delivery
from backoffice.kit.links import object_link
from common.text import local_time
from events.models import Venue

# A shape for each severity, beside its word and its color.
SHAPES = {
    Severity.CRITICAL: "report",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}
MAX_NAMES = 3


def mark(severity: str) -> SafeString:
    level = Severity(severity)
    return format_html(
        '<span class="alert-mark alert-{}"><span class="material-symbols-outlined"'
        ' aria-hidden="true">{}</span>{}</span>',
        level.value.lower(),
        SHAPES[level],
        level.label,
    )


def link(target: Model | None, text: str = "") -> SafeString | str:
    """To the page of an object."""
    if target is None:
        return "–"
    return object_link(target, text)


def moment(at: datetime | None, venue: Venue | None) -> str:
    return local_time(at, words.zone_of(venue))


def where(alert: Alert) -> SafeString | str:
    if alert.event is None:
        return str(alert.venue) if alert.venue else _t("All venues")
    return format_html(
        '<span>{}<br><span class="finlo-quiet">{}<br>{}</span></span>',
        link(alert.event, alert.event.name),
        local_time(alert.event.starts_at, alert.event.venue.zone),
        alert.event.venue,
    )


def since(alert: Alert, now: datetime, zone: tzinfo) -> SafeString:
    """How long it has stood, or stood until it ended, and from when."""
    lasted = words.lasted(alert, now)
    text = _t("lasted %s") % lasted if alert.resolved_at else lasted
    return format_html(
        '<span class="alert-since"><strong>{}</strong><br><span class="finlo-quiet">{}</span></span>',
        text,
        local_time(alert.opened_at, zone),  # type: ignore[arg-type]
    )


def state(alert: Alert, label: str, zone: tzinfo, by_link: Mapping[str, str]) -> SafeString:
    """``by_link``: step → the team by whose link it was taken, where no person is known."""
    tag = render_to_string(
        "unfold/helpers/label.html", {"type": label, "text": alert.get_status_display()}
    )
    person, when = {
        AlertStatus.OPEN: (None, None),
        AlertStatus.ACKNOWLEDGED: (alert.acknowledged_by, alert.acknowledged_at),
        AlertStatus.RESOLVED: (alert.resolved_by, alert.resolved_at),
    }[AlertStatus(alert.status)]
    if when is None:
        return format_html('<span class="alert-by">{}</span>', tag)
    team = by_link.get(alert.status)
    return format_html(
        '<span class="alert-by">{}<span>{}</span><span class="finlo-quiet">{}</span></span>',
        tag,
        person or (_t("%s, by a link") % team if team else _t("automatically")),
        local_time(when, zone),  # type: ignore[arg-type]
    )


def links_of(alerts: Sequence[Alert]) -> dict[int, dict[str, str]]:
    """Alert → step → the team by whose link it was taken. One statement for all."""
    teams: dict[int, dict[str, str]] = {}
    for alert, step, team in AlertStep.objects.filter(
        alert__in=alerts, endpoint__isnull=False
    ).values_list("alert_id", "step", "endpoint__team__name"):
        teams.setdefault(alert, {})[step] = team
    return teams


# --- Who was told -------------------------------------------------------------------------


class Told(NamedTuple):
    """How many messages of an alert to a team, or to the partner of a channel, have got how far."""

    whom: str
    status: str
    messages: int


def told_of(alerts: Sequence[Alert]) -> dict[int, list[Told]]:
    """Alert → its messages. One statement for all."""
    rows = (
        Delivery.objects.filter(alert__in=alerts)
        .order_by("endpoint__team__name", "endpoint__channel__name")
        .values_list("alert_id", "endpoint__team__name", "endpoint__channel__name", "status")
        .annotate(Count("pk"))
    )
    groups: dict[int, list[Told]] = {}
    for alert, team, channel, status, count in rows:
        whom = team or _t("Partner: %s") % channel
        groups.setdefault(alert or 0, []).append(Told(whom, status, count))
    return groups


def told(alert: Alert, groups: Iterable[Told], now: datetime) -> SafeString | str:
    groups = list(groups)
    if not groups:
        return untold(alert, now)
    names = list(dict.fromkeys(group.whom for group in groups))
    counts: dict[str, int] = {}
    for group in groups:
        counts[group.status] = counts.get(group.status, 0) + group.messages
    more = len(names) - MAX_NAMES
    text = ", ".join(names[:MAX_NAMES]) + (_t(" and %d more") % more if more > 0 else "")
    outcomes = [
        (
            "alert-failed" if status == DeliveryStatus.FAILED else "finlo-quiet",
            OUTCOMES[DeliveryStatus(status)](count),
        )
        for status, count in sorted(counts.items())
    ]
    return format_html(
        "<span>{}<br>{}</span>",
        text,
        format_html_join(" · ", '<span class="{}">{}</span>', outcomes),
    )


def untold(alert: Alert, now: datetime) -> str:
    """Why nobody was told."""
    rule = alert.rule
    if alert.told_at is not None or alert.status != AlertStatus.OPEN:
        return _t("Nobody")
    if rule and rules.is_muted(rule, now):
        return _t("Muted until %s") % moment(rule.muted_until, alert.venue)
    return _t("Nobody yet")


OUTCOMES: dict[DeliveryStatus, Any] = {
    DeliveryStatus.SENT: lambda n: ngettext("%d sent", "%d sent", n) % n,
    DeliveryStatus.FAILED: lambda n: ngettext("%d failed", "%d failed", n) % n,
    DeliveryStatus.PENDING: lambda n: ngettext("%d waits", "%d wait", n) % n,
    DeliveryStatus.SENDING: lambda n: ngettext("%d on its way", "%d on their way", n) % n,
    DeliveryStatus.SKIPPED: lambda n: ngettext("%d skipped", "%d skipped", n) % n,
}
