"""What one look at a rule and a subject has shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

HERE = Path(__file__).parent


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


def statement(name: str) -> str:
    """The text of a file beside this one."""
    return (HERE / f"{name}.sql").read_text()


def worth_reading(name: str) -> str:
    return _WORTH_READING.format(statement(name).rstrip())


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
