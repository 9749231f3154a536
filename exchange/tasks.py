"""What beat asks for, and what an upload asks at once. Each may run twice, or beside itself."""

import logging

from celery import shared_task
from django.utils import timezone

logger = logging.getLogger(__name__)


@shared_task
def work_on_imports() -> int:
    """Check and import what waits, file by file; returns how many steps were taken.

    Asked for after an upload, and by beat: for runs that nobody was told of, because Redis was
    down, and for those whose worker was killed.
    """
    from exchange.work import work  # the services enqueue this task: the other way is a cycle

    return work()


@shared_task
def forget_old_files() -> int:
    """Drop the bytes of old uploads; returns how many."""
    from exchange.services import forget_old_files as forget  # as above

    forgotten = forget(now=timezone.now())
    if forgotten:
        logger.info("%d uploaded files forgotten", forgotten)
    return forgotten
