"""Delivery failing: messages to an address are refused, or fail again and again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.enums import Kind, Measure
from alerts.evaluation.readings import Reading, read, worth_reading
from alerts.kinds.base import AlertKind, Cadence
from alerts.quantities import number
from alerts.transports import transports_that
from common.text import number as exact_number

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class DeliveryFailing(AlertKind):
    kind = Kind.DELIVERY_FAILING
    cadence = Cadence.SECONDS
    threshold_help = gettext_lazy(
        "Attempts in a row that fail at one address. A refusal for good is told at once."
    )

    def readings(self, now: datetime, events: Sequence[int] = ()) -> Iterable[Reading]:
        del events
        hidden = transports_that("hides_address")
        return read(worth_reading(self.statement), now=now, hidden=hidden)

    def title(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        if details["is_disabled"]:
            return _("Messages to %(endpoint)s are refused, and it is disabled") % details
        return _("Messages to %(endpoint)s cannot be delivered") % details

    def reason(self, alert: "Alert") -> str:
        attempts = ngettext(
            "%s attempt has failed.", "%s attempts in a row have failed.", int(alert.seen)
        )
        return f"{attempts % number(alert.seen)} {alert.details['reason']}"

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.FAILURES

    def condition(self, rule: "AlertRule") -> str:
        return ngettext(
            "after %s failure to deliver",
            "after %s failures to deliver in a row",
            int(rule.threshold),
        ) % exact_number(rule.threshold)
