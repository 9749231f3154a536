"""Looking at 1,000 events on sale for alerts: what a round costs, at first, with all standing, and quiet."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.evaluation import stock
from alerts.evaluation.stock import BEGIN
from alerts.kinds import OF_STOCK
from alerts.models import AlertRule, AlertWatch
from events.models import Event

FILL = Path(__file__).with_suffix(".sql")
OF_BENCH = "Ruled "


@dataclass(frozen=True, slots=True)
class Look:
    """Seconds and database statements of one look at all events, and the alerts that it began."""

    what: str
    seconds: float
    statements: int
    begun: int


def measure() -> list[Look]:
    """Over what ``bench.rules`` has filled. Undone afterwards: the system's own worker never sees the
    events on sale.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL.read_text())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        Event.objects.filter(name__startswith=OF_BENCH).update(status="ON_SALE")
        cursor.execute("ANALYZE events_event")
        # The planner knows that they are on sale, and that they are watched, as it will after a minute.
        cursor.execute(BEGIN)
        cursor.execute("ANALYZE alerts_alertwatch")
        looks = [
            _look("alerts begin in each event", now),
            _look("the same alerts stand", now + timedelta(minutes=2)),
        ]
        rules = AlertRule.objects.filter(kind__in=OF_STOCK, venue__slug__startswith="ruled-")
        rules.exclude(kind="VELOCITY").update(
            threshold=0, kind="LOW_STOCK", per="CHANNEL", unit="UNITS", other_threshold=None
        )
        _look("", now + timedelta(minutes=4))  # all end
        looks.append(_look("nothing to tell", now + timedelta(minutes=6)))
        transaction.set_rollback(True)
    return looks


def _look(what: str, now: datetime) -> Look:
    AlertWatch.objects.update(stock_versions=-1, judged_at=None)
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        begun = stock.evaluate_due(now)
        seconds = time.perf_counter() - began
    return Look(what, seconds, len(queries), len(begun))
