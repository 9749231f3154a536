"""What channels, items and events are called in a report: looked up for what it shows, in one statement each."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from allocations.enums import ChannelKind
from allocations.models import SalesChannel
from events.models import Item

MAX_AT_ONCE = 20_000


def channels(numbers: Collection[int]) -> dict[int, tuple[str, ChannelKind]]:
    rows = SalesChannel.objects.filter(pk__in=numbers).values_list("pk", "name", "kind")
    return {pk: (name, ChannelKind(kind)) for pk, name, kind in rows}


def items(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """Its name, and that of its event."""
    rows = Item.objects.filter(pk__in=numbers).values_list(
        "pk", "name", "event__name", "event__starts_at", "event__venue__time_zone"
    )
    return {
        pk: (name, event_name(event, starts_at, zone)) for pk, name, event, starts_at, zone in rows
    }


def event_name(name: str, starts_at: datetime, zone: str) -> str:
    return f"{name}, {date_format(starts_at.astimezone(ZoneInfo(zone)), 'j M Y')}"
