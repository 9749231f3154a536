"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task

from common.clock import database_now
from offline import buffer_moves, conflicts, resolving, unreported

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


@shared_task
def keep_buffers() -> int:
    """Work out the safety buffers of channels that have synced, or are overdue; returns how many transfers it asked for."""
    transfers = buffer_moves.keep_buffers(database_now())
    for transfer in transfers:
        logger.info("safety buffer: %s, %s", transfer, transfer.status)
    return len(transfers)
