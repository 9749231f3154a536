"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task

from common.clock import database_now
from transfers import services

logger = logging.getLogger(__name__)


@shared_task
def lapse_undecided() -> int:
    """End requests that nobody has decided in time; returns how many."""
    ended = services.lapse_due(database_now())
    if ended:
        logger.info("%d requests for transfers lapsed", ended)
    return ended
