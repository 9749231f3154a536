"""Transfer rules over 1,000 events on sale: what a round costs, quiet and when all of them fire."""

import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from transfers.models import TransferRule
from transfers.rules.evaluation import evaluate

FILL = Path(__file__).with_suffix(".sql")
OF_BENCH = "Rule "


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds and database statements of one evaluation, and the transfers that it executed."""

    what: str
    seconds: float
    statements: int
    moved: int


def measure() -> list[Round]:
    """Undone after each measurement: the system's own worker never sees an active rule."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL.read_text())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return [_round("nothing to move", 99), _round("each event has something to move", 90)]


def _round(what: str, target_at_least: int) -> Round:
    with transaction.atomic():
        TransferRule.objects.filter(name__startswith=OF_BENCH).update(
            is_active=True, target_at_least=target_at_least
        )
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            made = evaluate(timezone.now())
            seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    moved = sum(transfer.moved is not None for transfer in made)
    return Round(what, seconds, len(queries), moved)
