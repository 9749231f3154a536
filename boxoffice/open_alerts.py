"""The alerts that stand at an event, as its board shows them."""

from typing import TypedDict

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from alerts.enums import Severity
from alerts.selectors import SEE, StandingAlert, standing_alerts_of
from common.addresses import change_url
from common.text import local_time
from events.models import Event

# A board is no list of alerts: it says the most urgent ones, and that there are more.
MAX_ALERTS = 20


class AlertJson(TypedDict):
    """``address``: its page, where the reader may open it."""

    id: str
    title: str
    severity: str
    severity_text: str
    since: str
    address: str | None


def open_alerts(user: User | AnonymousUser, event: Event) -> list[AlertJson]:
    """The most urgent first; none for who may see no alerts. That the person sees the event is for the caller."""
    if not user.has_perm(SEE):
        return []
    may_open = isinstance(user, User) and user.is_staff
    return [
        _json(standing, event, may_open=may_open)
        for standing in standing_alerts_of(event, MAX_ALERTS)
    ]


def _json(standing: StandingAlert, event: Event, *, may_open: bool) -> AlertJson:
    alert, title = standing
    return {
        "id": str(alert.uuid),
        "title": title,
        "severity": alert.severity,
        "severity_text": str(Severity(alert.severity).label),
        "since": local_time(alert.opened_at, event.venue.zone),
        "address": change_url(alert) if may_open else None,
    }
