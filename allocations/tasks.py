"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task
from django.db import DatabaseError

from allocations import stop_sell
from allocations.plans import release
from common.clock import database_now
from common.patience import is_taken
from events.models import Pool

logger = logging.getLogger(__name__)


@shared_task
def release_unsold() -> int:
    """Give back what is unsold of allocations whose time has come, and of any missed before.

    Returns how many stock rows have changed.
    """
    now = database_now()
    changed = 0
    pools = release.due(now)
    events = dict(Pool.objects.filter(pk__in=pools).values_list("pk", "event")) if pools else {}
    stuck: set[int] = set()
    for pool in pools:
        event = events[pool]
        if event in stuck:
            continue  # its other pools would wait for the same lock
        try:
            changed += release.release_pool(pool, now)
        except DatabaseError as error:
            # One that is stuck holds up no other; it is tried again with the next round.
            stuck.add(event)
            if is_taken(error):
                logger.info("Event %d is locked: unsold stock goes back with a later round.", event)
            else:
                logger.exception("Unsold stock of pool %d could not go back.", pool)
    if changed:
        logger.info("%d stock rows released back", changed)
    return changed


@shared_task
def record_stops() -> int:
    """Write stops into the rows of what is stopped, where those were locked at the time."""
    return stop_sell.record_stops()
