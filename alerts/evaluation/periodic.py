"""Evaluates what is not of an event's stock: transfers, payments, syncs, deliveries, the ledger.

The number of statements does not depend on the number of rows.
"""

from datetime import datetime

from django.db import connection, transaction

from alerts.evaluation.lifecycle import HAS_ENDED, begin_and_end, standing_of
from alerts.kinds import with_cadence
from alerts.kinds.base import Cadence
from alerts.models import Alert
from alerts.notify import tell

# One worker at a time; PostgreSQL knows the locks by these numbers alone.
LOCKS = {Cadence.SECONDS: 0x616C657274, Cadence.MINUTE: 0x616C657275}


def evaluate(cadence: Cadence, now: datetime) -> list[Alert]:
    """Evaluate the kinds of this cadence for all venues; returns the alerts that have begun.

    In a transaction of its own. Returns nothing while another worker is at it.
    """
    entries = with_cadence(cadence)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCKS[cadence]])
        (is_ours,) = cursor.fetchone()
        if not is_ours:
            return []
        readings = [reading for entry in entries for reading in entry.readings(now)]
        standing = standing_of([entry.kind for entry in entries])
        begun = begin_and_end(readings, standing, now=now, unread=HAS_ENDED)
        tell(now)
    return begun
