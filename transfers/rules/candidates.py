"""What the rules would move now: read only, in one statement for any number of events."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import connection

STATEMENT = Path(__file__).with_suffix(".sql").read_text()


class Candidate(NamedTuple):
    """Units that a rule moves from one row to another, and what made it.

    ``low`` and ``high``: percent that source and target have sold, of their own allocations; ``below``
    and ``at_least``: the limits that were passed, those of a way back the stricter. ``unreported``: as many of the
    source count as sold that it may have sold and not reported yet.
    """

    rule_id: int
    rule_version: int
    is_trial: bool
    source_id: int
    target_id: int
    units: int
    low: Decimal
    high: Decimal
    below: Decimal
    at_least: Decimal
    unreported: int


def candidates(events: Sequence[int], now: datetime) -> list[Candidate]:
    """At most one of each pool of these events, and one more of the rules on trial."""
    if not events:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"events": list(events), "now": now})
        return [Candidate(*row) for row in cursor.fetchall()]
