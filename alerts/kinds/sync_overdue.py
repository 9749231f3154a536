"""Sync overdue: the programs of a channel that sells something have given no sign of life."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Kind, Measure
from alerts.kinds.base import AlertKind, Cadence
from alerts.quantities import exact_span, span
from common.text import number

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class SyncOverdue(AlertKind):
    kind = Kind.SYNC_OVERDUE
    cadence = Cadence.SECONDS
    threshold_help = gettext_lazy("Minutes without a sign of life of the channel's programs.")
    optional_fields = ("channel", "tells_channel_team", "tells_partner")

    def title(self, alert: "Alert") -> str:
        return _("%(channel)s has not synced for %(span)s") % {
            "channel": alert.details["channel"],
            "span": span(alert.seen),
        }

    def reason(self, alert: "Alert") -> str:
        reason = _("It was last heard from %(span)s ago; it should report every %(threshold)s.") % {
            "span": span(alert.seen),
            "threshold": span(alert.threshold),
        }
        if not (needed := alert.details.get("buffer_needed")):
            return reason
        buffer = _(
            "Its safety buffer grows; at first it needed %(needed)s units and had %(have)s."
        ) % {
            "needed": number(needed),
            "have": number(alert.details.get("buffer_set_aside") or 0),
        }
        return f"{reason} {buffer}"

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.MINUTES

    def condition(self, rule: "AlertRule") -> str:
        return _("after %s without a sign of life") % exact_span(rule.threshold)
