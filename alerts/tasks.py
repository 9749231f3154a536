"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task

from alerts import forgetting, telling
from alerts.watching import rest, stock
from common.clock import database_now

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


@shared_task
def forget_old() -> int:
    """Drop counts and messages that nobody needs any more; returns how many rows."""
    return forgetting.forget_old(database_now())
