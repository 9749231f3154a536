"""Transfer waiting: a transfer, or another change that takes units, waits for a decision."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Kind, Measure
from alerts.kinds.base import AlertKind, Cadence
from alerts.quantities import exact_span, span, units
from transfers.enums import ChangeKind

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class TransferWaiting(AlertKind):
    kind = Kind.TRANSFER_WAITING
    cadence = Cadence.SECONDS
    threshold_help = gettext_lazy("Minutes that it has waited. 0: as soon as it is asked for.")

    def title(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        if "change" in details:
            return _("A change waits for approval: %(kind)s, %(change)s") % {
                **details,
                "kind": ChangeKind(details["kind"]).label,
            }
        return _("A transfer waits for approval: %(units)s from %(source)s to %(target)s") % {
            **details,
            "units": units(details["units"]),
        }

    def reason(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        if alert.seen < 1:
            waits = _("It was asked for just now: “%(reason)s”") % details
        else:
            waits = _("It has waited for %(span)s: “%(reason)s”") % {
                **details,
                "span": span(alert.seen),
            }
        return f"{details['takes']}. {waits}" if "takes" in details else waits

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.MINUTES

    def condition(self, rule: "AlertRule") -> str:
        if not rule.threshold:
            return _("when a transfer waits for approval")
        return _("when a transfer has waited %s for approval") % exact_span(rule.threshold)
