"""Evaluates the kinds that are of stock, for the events on sale that are due.

The number of statements does not depend on the number of events, rows or rules.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from alerts.enums import STANDING, Kind
from alerts.evaluation.lifecycle import UNWATCHED, Standing, begin_and_end, standing_of
from alerts.evaluation.readings import Reading
from alerts.kinds import OF_STOCK, with_cadence
from alerts.kinds.base import Cadence
from alerts.models import Alert
from alerts.notify import tell
from events.models import Event
from events.selectors import RUNNING

HERE = Path(__file__).parent
BEGIN, DUE, PACE = ((HERE / f"{name}.sql").read_text() for name in ("begin", "due", "pace"))
# Events on sale are evaluated once a minute at least. One that was not for longer was not on sale, or the worker
# stood still.
UNWATCHED_AFTER = timedelta(minutes=3)
EVALUATED = """
UPDATE alerts_alertwatch w
   SET stock_versions = d.versions,
       looked_at = %(now)s,
       judged_at = CASE WHEN d.whole THEN %(now)s ELSE w.judged_at END
  FROM unnest(%(events)s::bigint[], %(versions)s::bigint[], %(whole)s::boolean[])
       AS d (event_id, versions, whole)
 WHERE w.event_id = d.event_id
"""


class DueEvent(NamedTuple):
    """An event to evaluate. ``whole``: for the kinds that are due once a minute too."""

    event_id: int
    versions: int
    whole: bool


def evaluate_due(now: datetime) -> list[Alert]:
    """Evaluate the events that are due; returns the alerts that have begun.

    In a transaction of its own. A second worker at the same moment finds nothing due.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BEGIN)
        cursor.execute(DUE, {"now": now})
        due = [DueEvent(*row) for row in cursor.fetchall()]
        if not due:
            return []
        events = [event.event_id for event in due]
        whole = [event.event_id for event in due if event.whole]
        cursor.execute(PACE, {"events": events, "now": now, "seen_by": now - UNWATCHED_AFTER})
        readings = [
            *_readings(Cadence.STOCK_MOVED, now, events),
            *_readings(Cadence.STOCK_BY_MINUTE, now, whole),
        ]
        standing = standing_of(OF_STOCK, events=events)
        begun = begin_and_end(readings, _judged(standing, whole), now=now, unread=UNWATCHED)
        # Where somebody else has an alert, the event stays due.
        taken = {alert.event_id for alert in standing.taken}
        done = [event for event in due if event.event_id not in taken]
        cursor.execute(
            EVALUATED,
            {
                "now": now,
                "events": [event.event_id for event in done],
                "versions": [event.versions for event in done],
                "whole": [event.whole for event in done],
            },
        )
        tell(now)
    return begun


def end_unwatched(now: datetime) -> int:
    """End the alerts of events that are sold no longer; returns how many."""
    with transaction.atomic():
        events = Alert.objects.filter(status__in=STANDING, kind__in=OF_STOCK).values("event")
        over = [
            event.pk
            for event in Event.objects.filter(pk__in=events).select_related("venue")
            if event.status not in RUNNING or event.sales_close <= now
        ]
        if not over:
            return 0
        standing = standing_of(OF_STOCK, events=over)
        begin_and_end([], standing, now=now, unread=UNWATCHED)
    return len(standing.alerts)


def _readings(cadence: Cadence, now: datetime, events: Sequence[int]) -> list[Reading]:
    if not events:
        return []
    readings: list[Reading] = []
    for entry in with_cadence(cadence):
        entry.refresh(now, events)
        readings += entry.readings(now, events)
    return readings


def _judged(standing: Standing, whole: Sequence[int]) -> Standing:
    """Without the kinds of each minute where those were not judged. They were locked with the others all the
    same: in two goes it could be against the order of who answers several.
    """
    judged = set(whole)
    by_minute = {entry.kind for entry in with_cadence(Cadence.STOCK_BY_MINUTE)}
    alerts = [
        alert
        for alert in standing.alerts
        if Kind(alert.kind) not in by_minute or alert.event_id in judged
    ]
    return Standing(alerts, standing.taken)
