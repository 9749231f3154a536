"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging
import time
from collections.abc import Sequence

from celery import shared_task

from alerts import delivery, letters, notify, retention
from alerts.evaluation import periodic, stock
from alerts.kinds.base import Cadence
from alerts.models import Alert
from common.clock import database_now

# Beat asks anew each second: what is left goes on then, and a worker that is to stop soon can.
MAX_SECONDS = 5.0

logger = logging.getLogger(__name__)


@shared_task
def watch_stock() -> int:
    """Evaluate events whose stock has moved, and all on sale once a minute; returns how many alerts began."""
    return _begun(stock.evaluate_due(database_now()))


@shared_task
def watch_the_rest() -> int:
    """Evaluate what is not of an event's stock, payments apart; returns how many alerts began."""
    return _begun(periodic.evaluate(Cadence.SECONDS, database_now()))


@shared_task
def watch_payments() -> int:
    """Evaluate what channels owe; returns how many alerts began."""
    return _begun(periodic.evaluate(Cadence.MINUTE, database_now()))


# Each by itself: one that fails holds up no other.
@shared_task
def end_unwatched() -> int:
    """End the alerts of events that are sold no longer; returns how many."""
    return stock.end_unwatched(database_now())


@shared_task
def escalate() -> int:
    """Have told higher up what nobody has acknowledged in time; returns how many alerts."""
    return notify.escalate(database_now())


@shared_task
def tell_partners() -> int:
    """Have told channels' partners what has become of transfers and plans; returns how many messages."""
    now = database_now()
    return notify.tell_partners(now) + letters.write_letters(now)


# Acknowledged at once: what it leaves undone is rows, and threads cannot be ended from outside.
@shared_task(acks_late=False)
def deliver() -> int:
    """Send messages until none is due, or for a while; returns how many were tried."""
    count, end = 0, time.monotonic() + MAX_SECONDS
    while time.monotonic() < end:
        claimed = delivery.claim(database_now())
        if claimed is None:
            break
        delivery.deliver(claimed)
        count += bool(claimed.deliveries)
    return count


@shared_task
def forget_old() -> int:
    """Drop counts and messages that nobody needs any more; returns how many rows."""
    return retention.forget_old(database_now())


def _begun(alerts: Sequence[Alert]) -> int:
    for alert in alerts:
        logger.info("%s, %s", alert, alert.severity)
    return len(alerts)
