"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task

from common.clock import database_now
from offline import conflicts, resolving, unreported

logger = logging.getLogger(__name__)


@shared_task
def book_approved() -> int:
    """Book the conflicts for which units have been moved with an approval; returns how many.

    And withdraw the transfers that nothing needs any more.
    """
    booked = resolving.book_approved()
    conflicts.withdraw_needless()
    if booked:
        logger.info("%d conflicts booked after an approval", booked)
    return booked


@shared_task
def estimate_unreported() -> int:
    """Estimate anew what channels that report late have sold since; returns how many stock rows have changed."""
    return unreported.estimate_all(database_now())
