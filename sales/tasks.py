"""What beat asks for. Each may run twice, or beside itself, and does no harm."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import DatabaseError
from django.db.models.functions import Now

from common.clock import database_now
from common.patience import is_taken
from sales import blocks, cancellation_worker, expiry
from sales.day_sums.services import keep_all
from sales.models import LedgerCheck
from sales.reconcile import reconcile as run_reconcile

logger = logging.getLogger(__name__)

# A task gives way after so many batches: the next one is only seconds off.
MAX_BATCHES = 20
# Of what a comparison has found: all of it is in the log, and "manage.py reconcile" shows it anew.
MAX_LINES = 5
CHECKS_KEPT = timedelta(days=30)


@shared_task
def expire_holds() -> int:
    """End every hold past its time, batch by batch; returns how many."""
    ended = 0
    for _ in range(MAX_BATCHES):
        count = expiry.expire_due()
        ended += count
        if count < expiry.BATCH:
            break
    if ended:
        logger.info("%d holds expired", ended)
    return ended


@shared_task
def hand_back_leases() -> int:
    """End every lease whose grace is over, and every named hold at its end; returns how many."""
    ended = blocks.hand_back_due()
    if ended:
        logger.info("%d leases and named holds ended", ended)
    return ended


@shared_task
def settle_cancelled_events() -> int:
    """End the bookings of cancelled events, batch by batch; returns how many."""
    ended = 0
    for cancellation in cancellation_worker.unfinished():
        try:
            ended += _settle(cancellation)
        except DatabaseError as error:
            # One that is stuck holds up no other; it is tried again with the next round.
            if is_taken(error):
                logger.info("Cancellation %d goes on when its stock is free.", cancellation)
            else:
                logger.exception("Cancellation %d could not go on.", cancellation)
    if ended:
        logger.info("%d bookings of cancelled events settled", ended)
    return ended


def _settle(cancellation: int) -> int:
    cancellation_worker.end_leases(cancellation)
    ended = 0
    before: int | None = None
    for _ in range(MAX_BATCHES):
        step = cancellation_worker.settle(cancellation, before=before)
        ended += step.ended
        before = step.before
        if before is None:
            break
    return ended


@shared_task
def sum_days() -> int:
    """Keep the sums by day of events that have sold much; returns of how many they were written."""
    return keep_all(database_now())


@shared_task
def reconcile() -> int:
    """Compare stock, movements and bookings; returns how many rows differ, logs each and keeps the first."""
    differences = [
        f"{result.check.name}: {difference}"
        for result in run_reconcile()
        for difference in result.differences
    ]
    for difference in differences:
        logger.error("reconcile: %s", difference)
    LedgerCheck.objects.create(differences=len(differences), lines=differences[:MAX_LINES])
    LedgerCheck.objects.filter(at__lt=Now() - CHECKS_KEPT).delete()
    return len(differences)
