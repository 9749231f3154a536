"""What time it is, how a moment is written wherever a program reads it, and what a local time means."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import overload

from django.db import connection
from django.utils.translation import gettext_lazy as _

SKIPPED = _(
    "The clocks skip this time: they go from %(start)s to %(end)s. Type a time before %(start)s, or "
    "from %(end)s on."
)
SHOWN_TWICE = _(
    "The clocks show this time twice, as all from %(start)s to %(end)s. Type a time before %(start)s, "
    "or from %(end)s on."
)


class UnclearTimeError(ValueError):
    """A local time that is no moment, or two: the clocks skip it, or show it twice."""

    def __init__(self, local: datetime, zone: tzinfo) -> None:
        start, end, self.is_skipped = change_around(local, zone)
        self.start, self.end = f"{start:%H:%M}", f"{end:%H:%M}"
        text = SKIPPED if self.is_skipped else SHOWN_TWICE
        self.message = str(text % {"start": self.start, "end": self.end})
        super().__init__(self.message)


def moment_of(local: datetime, zone: tzinfo) -> datetime:
    """The moment of a time that a person has typed without an offset.

    Every way in asks this one: what the clocks skip or show twice is refused, and nobody picks one
    of the two for the person. Raises ``UnclearTimeError``.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise UnclearTimeError(local, zone)
    return first


def database_now() -> datetime:
    """The database's clock, which several machines agree on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


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
