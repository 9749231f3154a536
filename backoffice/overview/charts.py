"""Tickets sold over time as a picture: stacked columns, one for each hour or day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from allocations.enums import ChannelKind
from backoffice.kit.charts import Chart, Place, stacked
from events.selectors import day_start

HOURS, DAYS = 48, 14

Sold = Mapping[tuple[datetime, ChannelKind], int]


def begins(now: datetime, zone: ZoneInfo, *, daily: bool) -> datetime:
    """The start of the first column."""
    return _moments(now, zone, daily=daily)[0]


def draw(sold: Sold, now: datetime, zone: ZoneInfo, *, daily: bool) -> Chart:
    kinds = tuple(ChannelKind)
    places = [
        Place(
            key=moment,
            title=date_format(moment, "D j M") if daily else date_format(moment, "D j M, H:i"),
            mark=_mark(moment, daily=daily),
            counts=tuple(sold.get((moment, kind), 0) for kind in kinds),
        )
        for moment in _moments(now, zone, daily=daily)
    ]
    return stacked(places, [(kind.value, str(kind.label)) for kind in kinds])


def _moments(now: datetime, zone: ZoneInfo, *, daily: bool) -> Sequence[datetime]:
    if daily:
        today = day_start(now, zone)
        return [today - timedelta(days=days) for days in range(DAYS - 1, -1, -1)]
    local = now.astimezone(zone)
    hour = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    # Hours are counted on the clock that knows no summer time.
    return [(hour - timedelta(hours=hours)).astimezone(zone) for hours in range(HOURS - 1, -1, -1)]


def _mark(moment: datetime, *, daily: bool) -> str:
    if daily:
        return date_format(moment, "j M")
    if moment.hour == 0:
        return date_format(moment, "D j M")
    return date_format(moment, "H:i") if moment.hour % 6 == 0 else ""


def table_heads() -> list[str]:
    return [*(str(kind.label) for kind in ChannelKind), _("All")]
