"""What beat asks for, and what a new run asks at once. Each may run twice, or beside itself."""

import logging

from celery import shared_task

from planning.whatif import work

logger = logging.getLogger(__name__)


@shared_task
def work_on_whatifs() -> int:
    """Work out what waits, and go on with what a killed worker left; returns how many chunks were made."""
    return work.work()


@shared_task
def forget_old_whatifs() -> int:
    """Delete runs that ended long ago; returns how many."""
    forgotten = work.forget_old()
    if forgotten:
        logger.info("%d old what-ifs deleted", forgotten)
    return forgotten
