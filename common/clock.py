"""What time it is, and how a moment is written wherever a program reads it."""

from datetime import UTC, datetime, timedelta, tzinfo
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


def change_around(local: datetime, zone: tzinfo) -> tuple[datetime, datetime, bool]:
    """Between which two times the clocks of a zone go when they skip ``local`` or show it twice.

    The earlier first, and whether it is skipped. ``local`` and both times are without a zone.
    """
    before, after = (
        local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1)
    )
    # The change is later than the one of these two, and no later than the other.
    earlier, later = sorted((local - before, local - after))
    while later - earlier > timedelta(seconds=1):
        middle = earlier + (later - earlier) // 2
        if middle.replace(tzinfo=UTC).astimezone(zone).utcoffset() == after:
            later = middle
        else:
            earlier = middle
    change = later.replace(microsecond=0)
    start, end = sorted((change + before, change + after))
    return start, end, after > before
