"""Moving moments along with an event, on the venue's own clock.

19:30 stays 19:30, whatever summer time does in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self, overload
from zoneinfo import ZoneInfo

from common import text
from common.errors import InvalidInputError
from events.models.moments import BOUNDS, OUTSIDE, is_storable


@dataclass(frozen=True, slots=True)
class Shift:
    """The difference between two moments as the venue's clocks show them."""

    zone: ZoneInfo
    difference: timedelta

    @classmethod
    def between(cls, before: datetime, after: datetime, zone: ZoneInfo) -> Self:
        return cls(zone, _on_the_clock(after, zone) - _on_the_clock(before, zone))

    @overload
    def move(self, moment: datetime) -> datetime: ...
    @overload
    def move(self, moment: datetime | None) -> datetime | None: ...
    def move(self, moment: datetime | None) -> datetime | None:
        """The moment as much later on the venue's clock; ``None`` stays.

        A time that the clocks leave out becomes the one that they then show, of one that they
        show twice it is the first.
        """
        if moment is None:
            return None
        return (_on_the_clock(moment, self.zone) + self.difference).replace(tzinfo=self.zone)


def _on_the_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def require_storable(moment: datetime | None, what: str, zone: ZoneInfo) -> None:
    """Raises ``InvalidInputError`` for a moment outside of what may be stored."""
    if moment is not None and not is_storable(moment):
        raise InvalidInputError(
            f"{what} would be {text.moment(moment, zone)}. {OUTSIDE % BOUNDS}",
            field="starts_at",
        )


def require_order(start: datetime | None, end: datetime | None, what: str, zone: ZoneInfo) -> None:
    """Raises ``InvalidInputError`` for a window that would end before it starts."""
    if start is not None and end is not None and end <= start:
        raise InvalidInputError(
            f"{what} would begin on {text.moment(start, zone)} and end on"
            f" {text.moment(end, zone)}, which is not after it.",
            field="starts_at",
        )
