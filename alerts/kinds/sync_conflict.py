"""Sync conflict: a channel has reported sales or returns that could not be done, and nobody has resolved them yet."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.enums import Kind, Measure
from alerts.kinds.base import AlertKind, Cadence
from alerts.quantities import conflicts, number, span

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class SyncConflict(AlertKind):
    kind = Kind.SYNC_CONFLICT
    cadence = Cadence.SECONDS
    threshold_help = gettext_lazy(
        "Conflicts of a channel that are open. From this on an alert begins."
    )
    optional_fields = ("channel", "tells_channel_team", "tells_partner")

    def title(self, alert: "Alert") -> str:
        return _("%(channel)s: %(conflicts)s to resolve") % {
            "channel": alert.details["channel"],
            "conflicts": conflicts(alert.seen),
        }

    def reason(self, alert: "Alert") -> str:
        tickets, minutes = alert.details["tickets"], alert.details["open_minutes"]
        return ngettext(
            "%(tickets)s ticket was sold and has no stock; the oldest conflict is open for %(span)s.",
            "%(tickets)s tickets were sold and have no stock; the oldest conflict is open for %(span)s.",
            tickets,
        ) % {"tickets": number(tickets), "span": span(minutes)}

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.CONFLICTS

    def condition(self, rule: "AlertRule") -> str:
        return _("from %s of a channel on") % conflicts(float(rule.threshold))
