"""What time it is, and how a moment is written wherever a program reads it."""

from datetime import UTC, datetime
from typing import overload

from django.db import connection


def database_now() -> datetime:
    """The database's clock, which several machines agree on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


@overload
def utc(moment: datetime) -> str: ...
@overload
def utc(moment: None) -> None: ...
@overload
def utc(moment: datetime | None) -> str | None: ...
def utc(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, to the microsecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
