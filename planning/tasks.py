"""What beat asks for, and what a new run asks at once. Each may run twice, or beside itself."""

import logging

from celery import shared_task

from common.clock import database_now
from planning.schedules import services
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


@shared_task
def send_reports() -> int:
    """Make the scheduled reports that are due; the notifier sends them."""
    made = services.run_due(database_now())
    if made:
        logger.info("%d scheduled reports made", made)
    return made
