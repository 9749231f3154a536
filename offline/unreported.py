"""Keeps of each stock row what its channel may have sold since its last report, where all can read it.

What decides beside the ledger (alerts, releases, rules, forecasts) stands below this app or in SQL, so the newest
estimate is a row: ``allocations.models.UnreportedSales``. Nothing waits for it, and it waits for nothing: a row that a sync
has just locked is left for the next minute.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q

from allocations.enums import REPORTS_LATE, StockKind
from allocations.models import Stock, UnreportedSales
from events.enums import EventStatus
from events.models import Event
from events.selectors import not_over
from offline.estimates import ReportedSales, estimated, late_rows

logger = logging.getLogger(__name__)

# Events in one statement.
AT_ONCE = 100
# A channel may have sold until the very moment at which an event was paused or closed.
SOLD_SO_FAR = (EventStatus.ON_SALE, EventStatus.PAUSED, EventStatus.CLOSED)

# Only what is as it was when it was read: else its channel has reported meanwhile, and that holds.
_WRITE = """
WITH fresh AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%s::jsonb)
        AS f (stock bigint, event bigint, channel bigint, about integer, low integer, high integer,
              at_risk integer, reported_at timestamptz, known timestamptz)
), mine AS MATERIALIZED (
    SELECT u.stock_id FROM allocations_unreportedsales u JOIN fresh f ON f.stock = u.stock_id
     ORDER BY u.stock_id FOR UPDATE OF u SKIP LOCKED
), changed AS (
    UPDATE allocations_unreportedsales u
       SET about = f.about, low = f.low, high = f.high, at_risk = f.at_risk,
           reported_at = f.reported_at, estimated_at = statement_timestamp()
      FROM fresh f JOIN mine ON mine.stock_id = f.stock
     WHERE u.stock_id = f.stock AND u.estimated_at = f.known
    RETURNING 1
), made AS (
    INSERT INTO allocations_unreportedsales
           (stock_id, event_id, channel_id, about, low, high, at_risk, reported_at, estimated_at)
    SELECT stock, event, channel, about, low, high, at_risk, reported_at, statement_timestamp()
      FROM fresh WHERE known IS NULL ORDER BY stock
        ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM made)
"""


def estimate_all(now: datetime) -> int:
    """Estimate anew for the events that are not over; returns how many rows have changed.

    Two statements, and three more for each hundred events. One event at fault holds up no other.
    """
    late = Stock.objects.filter(
        event=OuterRef("pk"),
        kind=StockKind.CHANNEL,
        channel__connectivity__in=REPORTS_LATE,
        channel__syncs__isnull=False,
    )
    running = Event.objects.filter(not_over(now), Exists(late), status__in=SOLD_SO_FAR)
    events = list(running.order_by("starts_at", "pk").values_list("pk", flat=True))
    changed = _forget_all_but(events)
    for first in range(0, len(events), AT_ONCE):
        changed += _estimate_each(events[first : first + AT_ONCE], now)
    return changed


def _forget_all_but(events: Sequence[int]) -> int:
    """Of what is over or cancelled, and of channels that report at once by now."""
    gone = UnreportedSales.objects.filter(
        ~Q(event__in=events) | ~Q(channel__connectivity__in=REPORTS_LATE)
    )
    with transaction.atomic():
        locked = gone.select_for_update(skip_locked=True, of=("self",)).order_by("stock_id")
        stocks = list(locked.values_list("pk", flat=True))
        return UnreportedSales.objects.filter(pk__in=stocks).delete()[0] if stocks else 0


def _estimate_each(events: Sequence[int], now: datetime) -> int:
    """All at once; if that fails, one by one."""
    try:
        return _estimate(events, now)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception:
        if len(events) == 1:
            logger.exception("What is not reported of event %d cannot be estimated.", events[0])
            return 0
    return sum(_estimate_each([event], now) for event in events)


def _estimate(events: Sequence[int], now: datetime) -> int:
    rows = [entry for seen in estimated(late_rows(events, now), now) if (entry := _changed(seen))]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows)])
        count: int = cursor.fetchone()[0]
    return count


def _changed(seen: ReportedSales) -> dict[str, int | str | None] | None:
    """The row as it is to be; nothing where it is so already."""
    row, estimate = seen.row, seen.estimate
    about = low = high = None
    at_risk = 0
    if estimate is not None:
        about, low, high = estimate.about, estimate.low, estimate.high
        at_risk = max(high - row.covered, 0)
    if (known := row.known) is not None:
        was = known.about, known.low, known.high, known.at_risk, known.reported_at
        if was == (about, low, high, at_risk, seen.newest):
            return None
    return {
        "stock": row.stock_id,
        "event": row.event_id,
        "channel": row.channel_id,
        "about": about,
        "low": low,
        "high": high,
        "at_risk": at_risk,
        "reported_at": seen.newest.isoformat(),
        "known": known.estimated_at.isoformat() if known is not None else None,
    }
