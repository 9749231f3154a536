"""The tab of an event's page about its alerts: by which rules it is watched, and what they have found."""

from typing import Any

from django.db.models import Case, When
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from alerts import rule_words, rules, words
from alerts.enums import STANDING, AlertStatus, Severity
from alerts.kinds import OF_STOCK
from alerts.models import Alert, AlertRule
from alerts.selectors import SEE
from backoffice.alerts.rule import LIKE
from backoffice.alerts.states import TAGS, rule_state
from backoffice.kit.panels import Panel
from common.addresses import change_url
from common.text import local_time
from events.enums import EventStatus
from events.models import Event

LATEST = 10


class AlertsPanel(Panel):
    slug = "alerts"
    title = _("Alerts")
    template = "admin/alerts/event.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        event: Event = self.subject
        newest = Alert.objects.filter(event=event).order_by(
            Case(When(status__in=STANDING, then=0), default=1), "-pk"
        )
        return {
            "event": event,
            "alerts": [self._alert(alert) for alert in newest[:LATEST]],
            "rules": self._rules() if self.may("alerts.view_alertrule") else None,
            "idle": event.status != EventStatus.ON_SALE,
        }

    def _alert(self, alert: Alert) -> dict[str, Any]:
        return {
            "title": words.title(alert),
            "reason": words.reason(alert),
            "url": change_url(alert),
            "severity": Severity(alert.severity).label,
            "status": AlertStatus(alert.status).label,
            "stands": alert.status in STANDING,
            "at": local_time(alert.opened_at, self.subject.venue.zone),
        }

    def _rules(self) -> list[dict[str, Any]]:
        return [self._rule(rule) for rule in rules.speaking_for(self.subject, OF_STOCK)]

    def _rule(self, rule: AlertRule) -> dict[str, Any]:
        event, now = self.subject, timezone.now()
        state, label = rule_state(rule, now)
        query = {"event": event.pk, "kind": rule.kind, LIKE: rule.pk}
        add = reverse("admin:alerts_alertrule_add")
        # Those for all venues are the superusers' alone.
        is_seen = rule.venue_id is not None or self.request.user.is_superuser
        return {
            "rule": rule,
            "url": change_url(rule) if is_seen else None,
            "tag": TAGS[state],
            "label": label,
            "whose": _whose(rule),
            "told": rule_words.rule_told(rule, of_event=True),
            "own": f"{add}?{urlencode(query)}"
            if rule.event_id is None and self.may("alerts.add_alertrule")
            else None,
        }


def _whose(rule: AlertRule) -> str:
    if rule.event_id is not None:
        return _t("The event's own")
    return _t("For all venues") if rule.venue_id is None else _t("The venue's")
