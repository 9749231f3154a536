"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging
import time

from celery import shared_task

from alerts import delivering, forgetting, telling
from alerts.watching import rest, stock
from common.clock import database_now

# Beat asks anew each second: what is left goes on then, and a worker that is to stop soon can.
MOST_SECONDS = 5.0

logger = logging.getLogger(__name__)


@shared_task
def watch_stock() -> int:
    """Look at events whose stock has moved, and at all on sale once a minute; returns how many alerts began."""
    begun = stock.look(database_now())
    for alert in begun:
        logger.info("%s, %s", alert, alert.severity)
    return len(begun)


@shared_task
def watch_the_rest() -> int:
    """Look at what is not of an event's stock, escalate, and tell partners; returns how many alerts began."""
    now = database_now()
    begun = rest.look(now)
    for alert in begun:
        logger.info("%s, %s", alert, alert.severity)
    stock.end_unwatched(now)
    telling.escalate(now)
    telling.tell_partners(now)
    return len(begun)


# Acknowledged at once: what it leaves undone is rows, and threads cannot be ended from outside.
@shared_task(acks_late=False)
def deliver() -> int:
    """Send messages until none is due, or for a while; returns how many were tried."""
    count, end = 0, time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        claimed = delivering.claim(database_now())
        if claimed is None:
            break
        delivering.deliver(claimed)
        count += bool(claimed.deliveries)
    return count


@shared_task
def forget_old() -> int:
    """Drop counts and messages that nobody needs any more; returns how many rows."""
    return forgetting.forget_old(database_now())
