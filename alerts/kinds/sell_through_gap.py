"""Sell-through gap: one channel of a pool has sold most of its part while another has sold little."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.enums import Kind, Measure
from alerts.kinds.base import AlertKind, Cadence, RuleConstraint, Shares, Side
from alerts.quantities import exact_percent, number, percent, units

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from alerts.models import Alert, AlertRule


class SellThroughGap(AlertKind):
    kind = Kind.SELL_THROUGH_GAP
    cadence = Cadence.STOCK_MOVED
    threshold_help = gettext_lazy(
        "Percent. The fast channel has sold so much of its own part, or more."
    )
    required_fields = ("other_threshold",)
    optional_fields = ("pool", "channel", "hysteresis")
    help_texts: ClassVar[Any] = {
        "other_threshold": gettext_lazy(
            "Percent. The slow channel has sold so much of its own, or less."
        )
    }
    percent_rules: ClassVar[Any] = {}
    constraint = RuleConstraint(
        "alertrule_gap_between_two",
        Q(
            kind=Kind.SELL_THROUGH_GAP,
            other_threshold__isnull=False,
            other_threshold__gte=0,
            other_threshold__lt=F("threshold"),
        )
        | (~Q(kind=Kind.SELL_THROUGH_GAP) & Q(other_threshold=None)),
        "threshold",
        gettext_lazy("The fast channel has sold more than the slow one."),
    )

    def title(self, alert: "Alert") -> str:
        high, low = self.sides(alert)
        return _("%(pool)s: %(fast)s has sold %(high)s, %(slow)s %(low)s") % {
            "pool": alert.details["pool"],
            "fast": high.channel,
            "slow": low.channel,
            "high": percent(high.share),
            "low": percent(low.share),
        }

    def reason(self, alert: "Alert") -> str:
        return _("%(high)s, %(low)s. Told from %(from)s against %(to)s.") % {
            "high": _sold(alert.details["high"]),
            "low": _sold(alert.details["low"]),
            "from": percent(alert.threshold),
            "to": percent(alert.details["other_threshold"]),
        }

    def measure(self, alert: "Alert") -> Measure:
        del alert
        return Measure.PERCENT

    def sides(self, alert: "Alert") -> tuple[Side, Side]:
        high, low = alert.details["high"], alert.details["low"]
        return (
            Side(high["channel"], high["share"], alert.threshold),
            Side(low["channel"], low["share"], alert.details["other_threshold"]),
        )

    def chart(self, alert: "Alert") -> Shares:
        return Shares(
            _("Sold of each channel's own part"),
            tuple((side.channel, percent(side.share), side.share) for side in self.sides(alert)),
        )

    def condition(self, rule: "AlertRule") -> str:
        return _("when one channel has sold %(high)s or more and another %(low)s or less") % {
            "high": exact_percent(rule.threshold),
            "low": exact_percent(rule.other_threshold or Decimal(0)),
        }

    def end(self, rule: "AlertRule") -> str:
        return _("when the one is below %(high)s or the other above %(low)s") % {
            "high": exact_percent(rule.threshold - rule.hysteresis),
            "low": exact_percent((rule.other_threshold or Decimal(0)) + rule.hysteresis),
        }

    def errors(self, rule: "AlertRule") -> "dict[str, StrOrPromise]":
        if (
            None not in (rule.threshold, rule.other_threshold)
            and rule.other_threshold >= rule.threshold  # type: ignore[operator]
        ):
            return {"other_threshold": _("It is below the threshold of the other channel.")}
        return {}


def _sold(side: dict[str, Any]) -> str:
    return _("%(channel)s has sold %(sold)s of its %(own)s (%(share)s)") % {
        "channel": side["channel"],
        "sold": number(side["sold"]),
        "own": units(side["own"]),
        "share": percent(side["share"]),
    }
