"""The small picture of a message, as numbers. It is drawn with cells of a table: mails show no others."""

from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from alerts.kinds import kind_of
from alerts.kinds.base import Shares, SoldByHour
from alerts.models import Alert, PaceSlot
from alerts.quantities import number, span, units
from alerts.transports.lines import line
from alerts.transports.message import Bar, Chart, Column
from allocations.enums import StockKind

HOUR = timedelta(hours=1)
HOURS = 24
TALLEST = 60  # pixels


def chart_of(alert: Alert, now: datetime) -> Chart | None:
    """What the alert's kind has charted; drawn for what is told by numbers that can be compared."""
    match kind_of(alert).chart(alert):
        case SoldByHour():
            return _sold_by_hour(alert, now)
        case Shares(title=title, bars=bars):
            return Chart(
                title,
                bars=tuple(
                    Bar(line(label, 60), text, _width(share)) for label, text, share in bars
                ),
            )
    return None


def _sold_by_hour(alert: Alert, now: datetime) -> Chart | None:
    if alert.venue is None:
        return None
    local = now.astimezone(alert.venue.zone)
    # Slots are quarters of an hour: they fit into the hours of every zone.
    first = local.replace(minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
    first -= (HOURS - 1) * HOUR
    sold = [0] * HOURS
    of_channel = Q(stock__channel=alert.channel_id) if alert.channel_id else Q()
    slots = (
        PaceSlot.objects.filter(
            of_channel, stock__pool=alert.pool_id, stock__kind=StockKind.CHANNEL, slot__gte=first
        )
        .values_list("slot")
        .annotate(Sum("sold"))
    )
    for slot, count in slots:
        sold[min((slot - first) // HOUR, HOURS - 1)] += count
    maximum = max(sold)
    columns = tuple(
        Column(
            hour=(first + place * HOUR).astimezone(alert.venue.zone).hour,
            units=units,
            height=max(round(TALLEST * units / maximum), 1) if units else 0,
        )
        for place, units in enumerate(sold)
    )
    return Chart(
        title=_("Units sold in the last 24 hours, by hour"),
        caption=" ".join(filter(None, (_summary(columns), _usual(alert)))),
        columns=columns if maximum else (),
    )


def _summary(columns: tuple[Column, ...]) -> str:
    total = sum(column.units for column in columns)
    if not total:
        return _("None were sold in the last 24 hours.")
    maximum = max(columns, key=lambda column: column.units)
    return _("%(total)s in all, the most from %(hour)s: %(maximum)s.") % {
        "total": units(total),
        "hour": f"{maximum.hour:02}:00",
        "maximum": number(maximum.units),
    }


def _usual(alert: Alert) -> str:
    if alert.low is None or alert.high is None:
        return ""
    return _("Usual in %(span)s: %(low)s to %(high)s.") % {
        "span": span(alert.details["minutes"]),
        "low": number(alert.low),
        "high": number(alert.high),
    }


def _width(share: float) -> int:
    return min(max(round(share), 0), 100)
