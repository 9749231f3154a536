"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task
from django.db import DatabaseError

from allocations.plans import releasing
from common.clock import database_now

logger = logging.getLogger(__name__)


@shared_task
def release_unsold() -> int:
    """Give back what is unsold of allocations whose time has come, and of any missed before.

    Returns how many stock rows have changed.
    """
    now = database_now()
    changed = 0
    for pool in releasing.due(now):
        try:
            changed += releasing.release_pool(pool, now)
        except DatabaseError:
            # One that is stuck holds up no other; it is tried again with the next round.
            logger.exception("Unsold stock of pool %d could not go back.", pool)
    if changed:
        logger.info("%d stock rows released back", changed)
    return changed
