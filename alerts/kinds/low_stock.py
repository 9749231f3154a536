"""Low stock: fewer units, or a smaller share, are left of a channel's part, a pool or an item."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.enums import Kind, Measure, Per, Unit
from alerts.kinds.base import AlertKind, Cadence, RuleConstraint, SoldByHour
from alerts.quantities import IN_WORDS, exact_percent, number, percent, units
from common.text import number as exact_number

if TYPE_CHECKING:
    from alerts.models import Alert, AlertRule

WHOLE = Decimal(100)
BY_CHANNEL = {"per": (Per.CHANNEL,)}


class LowStock(AlertKind):
    kind = Kind.LOW_STOCK
    cadence = Cadence.STOCK_MOVED
    threshold_help = gettext_lazy(
        "An alert begins below this. Percent are of all that the channel, pool or item has: sold, held "
        "and free."
    )
    required_fields = ("per", "unit")
    optional_fields = ("pool", "channel", "tells_channel_team", "tells_partner", "hysteresis")
    field_conditions: ClassVar[Any] = {
        "channel": BY_CHANNEL,
        "tells_channel_team": BY_CHANNEL,
        "tells_partner": BY_CHANNEL,
    }
    initial: ClassVar[Any] = {"per": Per.CHANNEL, "unit": Unit.PERCENT}
    percent_rules: ClassVar[Any] = {"unit": Unit.PERCENT}
    constraint = RuleConstraint(
        "alertrule_low_stock_of_what",
        (Q(kind=Kind.LOW_STOCK) & ~Q(per="") & ~Q(unit=""))
        | (~Q(kind=Kind.LOW_STOCK) & Q(per="", unit="")),
        "per",
        gettext_lazy("Say of what it is counted, and in what."),
    )

    def title(self, alert: "Alert") -> str:
        details: dict[str, Any] = alert.details
        left = units(details["left"])
        match details["per"]:
            case Per.CHANNEL:
                return _("%(channel)s: %(left)s left of %(pool)s") % {**details, "left": left}
            case Per.POOL:
                return _("%(pool)s: %(left)s left") % {**details, "left": left}
            case _item:
                items = ngettext("%s item", "%s items", details["left"]) % number(details["left"])
                return _("%(item)s: %(left)s left") % {**details, "left": items}

    def reason(self, alert: "Alert") -> str:
        left, whole = alert.details["left"], alert.details["all"]
        return _(
            "%(left)s of %(all)s can still be sold (%(share)s); the limit is %(threshold)s."
        ) % {
            "left": number(left),
            "all": number(whole),
            "share": percent(100 * left / whole if whole else 0),
            "threshold": IN_WORDS[self.measure(alert)](alert.threshold),
        }

    def measure(self, alert: "Alert") -> Measure:
        if alert.details["unit"] == Unit.PERCENT:
            return Measure.PERCENT
        return Measure.ITEMS if alert.details["per"] == Per.ITEM else Measure.UNITS

    def chart(self, alert: "Alert") -> SoldByHour | None:
        return SoldByHour() if alert.details["per"] != Per.ITEM else None

    def condition(self, rule: "AlertRule") -> str:
        texts = {
            (Per.CHANNEL, Unit.PERCENT): _("below %s of what a channel can sell of a pool"),
            (Per.CHANNEL, Unit.UNITS): _("when a channel can sell fewer than %s of a pool"),
            (Per.POOL, Unit.PERCENT): _("below %s of a pool"),
            (Per.POOL, Unit.UNITS): _("when fewer than %s are left of a pool"),
            (Per.ITEM, Unit.PERCENT): _("below %s of an item"),
            (Per.ITEM, Unit.UNITS): _("when fewer than %s are left of an item"),
        }
        return texts[Per(rule.per), Unit(rule.unit)] % _limit(rule)

    def end(self, rule: "AlertRule") -> str:
        limit = rule.threshold + rule.hysteresis
        in_percent = rule.unit == Unit.PERCENT
        text = exact_percent(min(limit, WHOLE)) if in_percent else exact_number(limit)
        return _("at %s or more") % text


def _limit(rule: "AlertRule") -> str:
    """Items have no noun, and neither have parts of a unit."""
    if rule.unit == Unit.PERCENT:
        return exact_percent(rule.threshold)
    if rule.per == Per.ITEM or rule.threshold != int(rule.threshold):
        return exact_number(rule.threshold)
    return units(int(rule.threshold))
