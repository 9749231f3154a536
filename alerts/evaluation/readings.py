"""What the evaluation of a rule has shown of a subject."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``holds``: an alert begins, if none stands. ``has_ended``: one that stands is over; between the two
    it goes on as it is. The numbers are those of ``Alert``.
    """

    rule_id: int
    subject: str
    venue_id: int | None
    seen: float
    threshold: float
    holds: bool
    has_ended: bool
    details: Mapping[str, Any]
    event_id: int | None = None
    pool_id: int | None = None
    item_id: int | None = None
    channel_id: int | None = None
    transfer_id: int | None = None
    endpoint_id: int | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    probability: float | None = None


# Of all that is measured only what begins, or stands: on most evenings that is nothing.
_WORTH_READING = """
WITH reading AS ({})
SELECT reading.* FROM reading
 WHERE holds OR EXISTS (SELECT FROM alerts_alert a
                         WHERE a.rule_id = reading.rule_id AND a.subject = reading.subject
                           AND a.status IN ('OPEN', 'ACKNOWLEDGED'))
 ORDER BY rule_id, subject
"""


def worth_reading(statement: str) -> str:
    """The statement of a kind, for what holds or stands alone."""
    return _WORTH_READING.format(statement.rstrip())


def read(sql: str, **values: Any) -> list[Reading]:
    """The lines of a statement whose columns are a reading's fields."""
    # Django leaves the reading of JSON to its fields.
    return [
        Reading(**line | {"details": json.loads(line["details"])}) for line in lines(sql, **values)
    ]


def lines(sql: str, **values: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, line, strict=True)) for line in cursor.fetchall()]
