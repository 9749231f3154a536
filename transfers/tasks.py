"""What beat asks for. It may run twice, or beside itself, and does no harm."""

import logging

from celery import shared_task

from common.clock import database_now
from transfers import change_requests, retention, services
from transfers.dynamic.rebalancing import rebalance
from transfers.rules.evaluation import evaluate

logger = logging.getLogger(__name__)


@shared_task
def lapse_undecided() -> int:
    """End requests that nobody has decided in time; returns how many."""
    ended = services.lapse_due(database_now()) + change_requests.lapse_due(database_now())
    if ended:
        logger.info("%d requests lapsed", ended)
    return ended


@shared_task
def evaluate_rules() -> int:
    """Let the rules look at events whose stock has moved, and at all once a minute; returns how many
    transfers they have asked for.
    """
    transfers = evaluate(database_now())
    for transfer in transfers:
        logger.info("rule %s: %s, %s", transfer.rule, transfer, transfer.status)
    return len(transfers)


@shared_task
def rebalance_dynamic() -> int:
    """Let unsold stock of dynamic plans follow its demand; returns how many transfers were asked for."""
    transfers = rebalance(database_now())
    for transfer in transfers:
        logger.info("dynamic: %s, %s", transfer, transfer.status)
    return len(transfers)


@shared_task
def forget_old() -> int:
    """Drop what no approval window needs to remember; returns how many rows."""
    return retention.forget_old(database_now())
