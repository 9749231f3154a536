"""Looking at events on sale: what is left, committed, how fast and how evenly it sells.

The number of statements does not depend on the number of events, rows or rules.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from alerts.enums import OF_STOCK, STANDING, Kind, Pace
from alerts.evaluation.lifecycle import UNWATCHED, Standing, standing_of, write
from alerts.evaluation.readings import Reading, lines, read, statement, worth_reading
from alerts.models import Alert
from alerts.notify import tell
from alerts.velocity import Direction, History, Seen, has_ended, judge
from events.models import Event
from events.selectors import RUNNING

BEGIN, DUE, PACE = (statement(name) for name in ("begin", "due", "pace"))
HISTORY, VELOCITY = statement("history"), statement("velocity")
# Rows whose past is worked out anew in a look, where a fifteenth of all is less.
MIN_HISTORY = 2_000
# Events on sale are looked at once a minute at least. Who was not for longer was not on sale, or nobody looked.
UNWATCHED_AFTER = timedelta(minutes=3)
# What a sale can change at once, each second; velocity is judged once a minute.
AT_ONCE = [worth_reading(name) for name in ("low_stock", "oversell_risk", "sell_through_gap")]
LOOKED = """
UPDATE alerts_alertwatch w
   SET stock_versions = d.versions,
       looked_at = %(now)s,
       judged_at = CASE WHEN d.whole THEN %(now)s ELSE w.judged_at END
  FROM unnest(%(events)s::bigint[], %(versions)s::bigint[], %(whole)s::boolean[])
       AS d (event_id, versions, whole)
 WHERE w.event_id = d.event_id
"""


class Due(NamedTuple):
    """An event to look at. ``whole``: at its velocity too."""

    event_id: int
    versions: int
    whole: bool


def look(now: datetime) -> list[Alert]:
    """Look at the events that are due; returns the alerts that have begun.

    In a transaction of its own. A second worker at the same moment finds nothing due.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BEGIN)
        cursor.execute(DUE, {"now": now})
        due = [Due(*line) for line in cursor.fetchall()]
        if not due:
            return []
        events = [one.event_id for one in due]
        whole = [one.event_id for one in due if one.whole]
        cursor.execute(PACE, {"events": events, "now": now, "seen_by": now - UNWATCHED_AFTER})
        readings = _levels(events, now)
        if whole:
            cursor.execute(HISTORY, {"events": whole, "now": now, "minimum": MIN_HISTORY})
            readings += _velocities(whole, now)
        standing = standing_of(OF_STOCK, events=events)
        begun = write(readings, _judged(standing, whole), now=now, unread=UNWATCHED)
        # Where somebody else has an alert, the event stays due.
        taken = {alert.event_id for alert in standing.taken}
        done = [one for one in due if one.event_id not in taken]
        cursor.execute(
            LOOKED,
            {
                "now": now,
                "events": [one.event_id for one in done],
                "versions": [one.versions for one in done],
                "whole": [one.whole for one in done],
            },
        )
        tell(now)
    return begun


def end_unwatched(now: datetime) -> int:
    """End the alerts of events that are sold no longer; returns how many."""
    with transaction.atomic():
        told = Alert.objects.filter(status__in=STANDING, kind__in=OF_STOCK).values("event")
        over = [
            event.pk
            for event in Event.objects.filter(pk__in=told).select_related("venue")
            if event.status not in RUNNING or event.sales_close <= now
        ]
        if not over:
            return 0
        found = standing_of(OF_STOCK, events=over)
        write([], found, now=now, unread=UNWATCHED)
    return len(found.alerts)


def _judged(standing: Standing, whole: Sequence[int]) -> Standing:
    """Without velocity where that was not judged. It was locked with the others all the same: in two goes
    it could be against the order of who answers several.
    """
    judged = set(whole)
    alerts = [
        alert
        for alert in standing.alerts
        if alert.kind != Kind.VELOCITY or alert.event_id in judged
    ]
    return Standing(alerts, standing.taken)


def _levels(events: Sequence[int], now: datetime) -> list[Reading]:
    return [one for sql in AT_ONCE for one in read(sql, events=list(events), now=now)]


def _velocities(events: Sequence[int], now: datetime) -> list[Reading]:
    return [
        reading
        for line in lines(VELOCITY, events=list(events), now=now)
        for reading in _velocity(line)
    ]


def _velocity(line: dict[str, Any]) -> list[Reading]:
    """Faster and slower are two conditions: one may begin while the other has not ended."""
    seen = Seen(line["seen"], line["open_now"])
    same, whole = (
        History(*(line[f"{which}_{what}"] for what in ("windows", "units", "squares", "open")))
        for which in ("same", "any")
    )
    limit = line["probability"]
    found = judge(seen, same, whole, probability=limit, min_units=line["threshold"])
    if found is None and not line["stands"]:
        return []
    readings = []
    for direction in Direction:
        told = found if found is not None and found.direction == direction else None
        numbers: dict[str, Any] = {}
        details = {
            "pace": direction.value,
            "minutes": round(line["window_minutes"] * seen.open),
            "limit": limit,
        }
        if told is not None:
            numbers = {
                "expected": told.expected,
                "low": told.low,
                "high": told.high,
                "probability": told.probability,
            }
            details |= {"basis": told.basis.value, "dispersion": told.dispersion}
        readings.append(
            Reading(
                rule_id=line["rule_id"],
                subject=f"pool:{line['pool_id']} channel:{line['channel_id']} {direction}",
                venue_id=line["venue_id"],
                event_id=line["event_id"],
                pool_id=line["pool_id"],
                channel_id=line["channel_id"],
                seen=seen.units,
                threshold=line["threshold"],
                holds=told is not None and line["pace"] in (Pace.BOTH, direction),
                has_ended=has_ended(direction, seen, same, whole, probability=limit),
                details=details,
                **numbers,
            )
        )
    return readings
