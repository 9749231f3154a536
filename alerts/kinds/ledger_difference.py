"""Ledger difference: stock, ledger and bookings say different numbers."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.enums import Kind, Measure
from alerts.kinds.base import AlertKind, Cadence
from alerts.quantities import number
from common.text import number as exact_number

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule


class LedgerDifference(AlertKind):
    kind = Kind.LEDGER_DIFFERENCE
    cadence = Cadence.SECONDS
    threshold_help = gettext_lazy("Rows in which stock, ledger and bookings differ.")
    is_of_the_system = True
    has_picture = False

    def title(self, alert: "Alert") -> str:
        rows = alert.details["differences"]
        return ngettext(
            "Stock, ledger and bookings differ in %s row",
            "Stock, ledger and bookings differ in %s rows",
            rows,
        ) % number(rows)

    def reason(self, alert: "Alert") -> str:
        return _("%s Run “manage.py reconcile” for all.") % " · ".join(alert.details["lines"])

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.ROWS

    def condition(self, rule: "AlertRule") -> str:
        return ngettext(
            "when %s row or more differs", "when %s rows or more differ", int(rule.threshold)
        ) % exact_number(rule.threshold)
