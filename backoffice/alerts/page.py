"""What an alert's page shows beside its state: the numbers, the rule, the steps, and who was told."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from alerts import rule_words, rules, words
from alerts.enums import DeliveryStatus, Step
from alerts.models import Alert, AlertRule, AlertStep, Delivery, Endpoint
from alerts.selectors import SEE
from backoffice.alerts import cells
from backoffice.alerts.picture import draw
from backoffice.alerts.states import SEE_DELIVERIES, STATUSES
from backoffice.kit.panels import Panel

ICONS = {
    Step.OPENED: "notification_important",
    Step.ACKNOWLEDGED: "task_alt",
    Step.ESCALATED: "campaign",
    Step.RESOLVED: "done_all",
}


class FoundPanel(Panel):
    tab = False
    slug = "found"
    title = _("What was seen")
    template = "admin/alerts/found.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        alert: Alert = self.subject
        return {
            "numbers": words.numbers(alert),
            "picture": draw(alert),
            "looked": cells.moment(alert.latest_at, alert.venue),
            "rule": self._rule(alert.rule) if alert.rule else None,
        }

    def _rule(self, rule: AlertRule) -> dict[str, Any]:
        muted = rules.is_muted(rule, timezone.now())
        return {
            "link": cells.link(rule) if self.may("alerts.view_alertrule") else rule,
            "scope": _scope(rule),
            "is_off": not rule.is_active,
            "muted": cells.moment(rule.muted_until, rule.venue) if muted else "",
            "escalation": rule_words.escalation(rule) if rule.escalate_minutes else "",
        }


def _scope(rule: AlertRule) -> str:
    if rule.event_id:
        return _t("for this event")
    return _t("for all events of the venue") if rule.venue_id else _t("for all venues")


class StepsPanel(Panel):
    tab = False
    slug = "steps"
    title = _("What happened")
    template = "admin/alerts/steps.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        alert: Alert = self.subject
        steps = alert.steps.select_related("user", "endpoint__team").order_by("pk")
        return {
            "steps": [
                {
                    "icon": ICONS[Step(step.step)],
                    "step": step,
                    "at": cells.moment(step.at, alert.venue),
                    "who": _who(step),
                }
                for step in steps
            ]
        }


def _who(step: AlertStep) -> str:
    """By whom, and by which way."""
    if step.endpoint is not None:
        way = _t("by the link in a message to %s") % step.endpoint.team
        return f"{step.user}, {way}" if step.user else way
    if step.user is not None:
        return str(step.user)
    return _t("the condition has passed") if step.step == Step.RESOLVED else _t("automatically")


class ToldPanel(Panel):
    tab = False
    slug = "told"
    title = _("Who was told")
    template = "admin/alerts/deliveries.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        alert: Alert = self.subject
        deliveries = alert.deliveries.select_related("endpoint__team", "endpoint__channel")
        return {
            "rows": [self._row(delivery, alert) for delivery in deliveries.order_by("pk")],
            "untold": cells.untold(alert, timezone.now()),
        }

    def _row(self, delivery: Delivery, alert: Alert) -> dict[str, Any]:
        endpoint = delivery.endpoint
        sees = self.may(SEE_DELIVERIES)
        when, why = delivery.ended_at, ""
        if delivery.status == DeliveryStatus.PENDING:
            when, why = delivery.due_at, _t("due")
        tries = ngettext("%d attempt", "%d attempts", delivery.attempts) % delivery.attempts
        return {
            "whom": endpoint.team or _t("Partner: %s") % endpoint.channel,
            "address": _address(endpoint) if sees else "",
            "by": endpoint.get_transport_display(),
            "purpose": delivery.get_purpose_display(),
            "digest": delivery.is_digest,
            "status": delivery.get_status_display(),
            "label": STATUSES[DeliveryStatus(delivery.status)] or "default",
            "failure": delivery.failure if sees else "",
            "attempts": tries if delivery.attempts > 1 else "",
            "when": " ".join(filter(None, (why, cells.moment(when, alert.venue)))),
            "link": cells.link(delivery, _t("Details")) if sees else "",
        }


def _address(endpoint: Endpoint) -> str:
    if endpoint.name:
        return f"{endpoint.name} ({endpoint.shown_address})"
    return endpoint.shown_address
