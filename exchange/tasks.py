"""What beat asks for, and what an upload asks at once. Each may run twice, or beside itself."""

import logging

from celery import shared_task
from django.utils import timezone

from exchange import services
from exchange.sales_files import retention
from exchange.sales_files.work import work as work_on_files
from exchange.work import work

logger = logging.getLogger(__name__)


@shared_task
def work_on_imports() -> int:
    """Check and import what waits, file by file; returns how many steps were taken.

    Asked for after an upload, and by beat: for runs that nobody was told of, because Redis was
    down, and for those whose worker was killed.
    """
    return work()


@shared_task
def work_on_sales_files() -> int:
    """Check, book and undo the sales files that wait, in the same way."""
    return work_on_files()


@shared_task
def forget_old_files() -> int:
    """Drop the bytes of old uploads, and the lines of sales files with which nothing can be done any more.

    Returns how many uploads.
    """
    now = timezone.now()
    forgotten = services.forget_old_files(now=now) + retention.forget_content(now=now)
    if forgotten:
        logger.info("%d uploaded files forgotten", forgotten)
    if lines := retention.forget_lines(now=now):
        logger.info("%d lines of sales files forgotten", lines)
    return forgotten
