"""From a plan's rules to moments, on an event's dates. Hours are elapsed hours, not the clock's."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from allocations.enums import Closes, Draws, Opens
from allocations.plans.spec import Guarantee, Line, PlanSpec
from allocations.setup import Window
from common import text
from events.models import Event
from events.models.moments import BOUNDS, OUTSIDE, is_storable


class Unresolved(Exception):
    """Why a rule leads to no moment: the field to blame, and a sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


Complain = Callable[[Line, Unresolved], None]


def release_of(part: Guarantee, event: Event) -> datetime | None:
    """When its unsold units go back. Raises ``Unresolved`` out of what may be stored."""
    if part.release_hours is not None:
        return _bounded(_before_start(event, part.release_hours), "release_hours")
    return part.releases_at


def drawing_windows(spec: PlanSpec, event: Event, complain: Complain) -> Mapping[int, Window]:
    """From when until when each channel that draws may do so, by channel.

    A tier's window ends with the last of its lines. Rules that lead nowhere are complained of.
    """
    windows: dict[int, Window] = {}
    above: list[Window] = []
    drawing = [line for line in spec.lines if line.draws != Draws.NONE]
    for tier in sorted({line.tier for line in drawing}):
        here = []
        for line in (candidate for candidate in drawing if candidate.tier == tier):
            try:
                window = _window(line, event, above)
            except Unresolved as error:
                complain(line, error)
                window = Window(None, None)
            here.append(window)
            windows[line.channel_id] = window
        above = here
    return windows


def _window(line: Line, event: Event, above: list[Window]) -> Window:
    start = _bounded(_opening(line, event, above), "opens")
    end = _bounded(_closing(line, event, start), "closes")
    if start is not None and end is not None and end <= start:
        zone = event.venue.zone
        raise Unresolved(
            "closes", f"It may draw until {_told(end, zone)}, but only from {_told(start, zone)}."
        )
    return Window(start, end)


def _opening(line: Line, event: Event, above: list[Window]) -> datetime | None:
    match line.opens:
        case Opens.AT:
            return line.opens_at
        case Opens.AFTER_ON_SALE:
            return _on_sale(event, "opens") + timedelta(hours=line.opens_hours or 0)
        case Opens.BEFORE_START:
            return _before_start(event, line.opens_hours or 0)
        case Opens.AFTER_TIER:
            if not above:
                raise Unresolved("opens", f"There is no tier above tier {line.tier}.")
            ends = [window.end for window in above]
            if None in ends:
                raise Unresolved(
                    "opens",
                    "The tier above never ends: say when it closes, or open this one on a date.",
                )
            return max(end for end in ends if end is not None)
    return None


def _closing(line: Line, event: Event, start: datetime | None) -> datetime | None:
    match line.closes:
        case Closes.AT:
            return line.closes_at
        case Closes.AFTER_OPENING:
            begins = start or _on_sale(event, "closes")
            return begins + timedelta(hours=line.closes_hours or 0)
        case Closes.BEFORE_START:
            return _before_start(event, line.closes_hours or 0)
    return None


def _on_sale(event: Event, field: str) -> datetime:
    if event.sales_from is None:
        raise Unresolved(field, "The event does not say when its sales begin.")
    return event.sales_from.astimezone(UTC)


def _before_start(event: Event, hours: int) -> datetime:
    return event.starts_at.astimezone(UTC) - timedelta(hours=hours)


def _bounded(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    if not is_storable(moment):
        raise Unresolved(field, str(OUTSIDE % BOUNDS))
    # Moments of one zone are compared and added to by its clock, which may repeat an hour.
    return moment.astimezone(UTC)


def _told(moment: datetime, zone: ZoneInfo) -> str:
    return text.moment(moment, zone)
