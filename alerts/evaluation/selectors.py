"""What an evaluation of an event would find at this moment: read, and nobody is told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.enums import STANDING, Kind
from alerts.evaluation.lifecycle import Standing, alerts_of, judged, not_paused
from alerts.kinds import KINDS, OF_STOCK
from alerts.models import Alert, AlertRule
from events.enums import EventStatus
from events.models import Event


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``begins``: alerts that are not there yet, and not saved; ``goes_on`` and ``ends``: standing ones."""

    begins: list[Alert]
    goes_on: list[Alert]
    ends: list[Alert]


def is_watched(event: Event, now: datetime) -> bool:
    """Whether the event's stock is watched: as ``due.sql`` asks."""
    return event.status == EventStatus.ON_SALE and event.sales_close > now


def foreseen(
    event: Event, rules: Mapping[int, AlertRule], now: datetime, kinds: Collection[Kind] = OF_STOCK
) -> Foreseen:
    """What the kinds that are of stock would find of a watched event. ``rules``: those that may speak, by id."""
    readings = [
        reading
        for kind in OF_STOCK
        if kind in kinds
        for reading in KINDS[kind].readings(now, [event.pk])
    ]
    standing = Alert.objects.filter(event=event, status__in=STANDING, kind__in=OF_STOCK)
    alerts = list(standing.select_related("rule", "event").order_by("pk"))
    judgment = judged(readings, Standing(alerts, ()))
    begins = alerts_of(not_paused(judgment.beginning, now), rules, now)
    for alert in begins:
        alert.event = event
    return Foreseen(
        begins,
        [alert for alert, _reading in judgment.going_on],
        [*(alert for alert, _reading in judgment.over), *judgment.unread],
    )
