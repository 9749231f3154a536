"""Oversell risk: nearly all of a pool's capacity is sold or held, over all channels."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Kind, Measure
from alerts.kinds.base import AlertKind, Cadence, Shares
from alerts.quantities import exact_percent, number, percent

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class OversellRisk(AlertKind):
    kind = Kind.OVERSELL_RISK
    cadence = Cadence.STOCK_MOVED
    threshold_help = gettext_lazy(
        "Percent of a pool's capacity that is sold or held, over all channels, with what channels that report "
        "late may have sold by now. From this on an alert begins."
    )
    optional_fields = ("pool", "hysteresis")
    percent_rules: ClassVar[Any] = {}

    def title(self, alert: "Alert") -> str:
        return _("%(pool)s: %(share)s committed") % {
            "pool": alert.details["pool"],
            "share": percent(alert.seen),
        }

    def reason(self, alert: "Alert") -> str:
        beside = self._beside(alert)
        sentence = (
            _(
                "%(committed)s of a capacity of %(capacity)s are sold or held, over all channels, with"
                " %(beside)s; the limit is %(threshold)s."
            )
            if beside
            else _(
                "%(committed)s of a capacity of %(capacity)s are sold or held, over all channels; the limit is"
                " %(threshold)s."
            )
        )
        return sentence % {
            "committed": number(alert.details["committed"]),
            "capacity": number(alert.details["capacity"]),
            "beside": _(" and ").join(beside),
            "threshold": percent(alert.threshold),
        }

    def _beside(self, alert: "Alert") -> list[str]:
        """What is counted and stands in no stock row. Older alerts do not tell it."""
        parts = []
        if in_conflict := alert.details.get("in_conflict", 0):
            parts.append(_("%s that were sold late and have no stock") % number(in_conflict))
        if at_most := alert.details.get("unreported_at_most", 0):
            numbers = {"about": number(alert.details["unreported_about"]), "most": number(at_most)}
            parts.append(
                _(
                    "at most %(most)s (about %(about)s) that channels may have sold and not reported yet"
                )
                % numbers
            )
        return parts

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.PERCENT

    def chart(self, alert: "Alert") -> Shares:
        committed, capacity = alert.details["committed"], alert.details["capacity"]
        text = _("%(committed)s of %(capacity)s") % {
            "committed": number(committed),
            "capacity": number(capacity),
        }
        label = _("Sold or held")
        if self._beside(alert):
            label = _("Sold, held, or perhaps sold")
        return Shares(_("Committed of the capacity"), ((label, text, 100 * committed / capacity),))

    def condition(self, rule: "AlertRule") -> str:
        return _("from %s of the capacity sold or held") % exact_percent(rule.threshold)

    def end(self, rule: "AlertRule") -> str:
        return _("below %s") % exact_percent(max(rule.threshold - rule.hysteresis, Decimal(0)))
