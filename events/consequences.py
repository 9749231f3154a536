"""What a change of dates sets off at once, in sentences: whoever makes it is asked before it is saved.

A moment that a change carries across now opens or ends something in the second of saving. Apps further left
add what else hangs on an event's dates (``add_finder``).
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import datetime

from django.utils.translation import gettext as _

from common.text import minute
from events.enums import EventStatus, ItemKind
from events.models import Event, Item, Venue

# Of many events alike, so many are named.
MAX_NAMED = 5

Finder = Callable[[Event, Event, datetime], Iterable[str]]
Window = tuple[datetime | None, datetime | None]
_finders: list[Finder] = []


def add_finder(finder: Finder) -> None:
    """``finder`` gets the event before and after the change, and the time."""
    _finders.append(finder)


def of_dates(before: Event, after: Event, now: datetime) -> list[str]:
    """What other dates of an event set off at once; nothing of one that is cancelled."""
    if after.status == EventStatus.CANCELLED:
        return []
    sentences = [*_end_of(before, after, now), *_sales_of(before, after, now)]
    sentences += _same_day_of(before, after, now)
    for finder in _finders:
        sentences += finder(before, after, now)
    return sentences


def of_new(event: Event, now: datetime) -> list[str]:
    """The same of an event that is only being made."""
    if event.over_at <= now:
        text = _("The event is over already: it ends on %s.")
        return [text % minute(event.over_at, event.venue.zone)]
    if event.sales_close <= now:
        text = _("Its sales are over already: they end on %s.")
        return [text % minute(event.sales_close, event.venue.zone)]
    return list(_left_behind(event))


def of_window(what: str, before: Window, after: Window, event: Event, now: datetime) -> list[str]:
    """What another sales window of a part of an event opens or ends at once."""
    if not _is_open(event, now) or _includes(before, now) == _includes(after, now):
        return []
    if _includes(after, now):
        return [_("%s is on sale at once.") % what]
    start, end = after
    zone = event.venue.zone
    if start is not None and start > now:
        values = {"what": what, "when": minute(start, zone)}
        return [_("%(what)s is off sale at once, until %(when)s.") % values]
    values = {"what": what, "when": minute(end, zone) if end else ""}
    return [_("%(what)s is off sale at once: its sale ends on %(when)s.") % values]


def of_time_zone(venue: Venue, time_zone: str, now: datetime) -> list[str]:
    """What another time zone of a venue does: its events keep their moments, and so change their times."""
    moved = copy(venue)
    moved.time_zone = time_zone
    sentences: list[str] = []
    starts: list[str] = []
    for before in Event.objects.filter(venue=venue.pk).order_by("starts_at", "pk"):
        after = copy(before)
        before.venue, after.venue = venue, moved
        if max(before.over_at, after.over_at) <= now or before.status == EventStatus.CANCELLED:
            continue
        if _clock(before) != _clock(after):
            starts.append(f"{before.name}: {_told_start(before)} → {_told_start(after)}")
        sentences += of_dates(before, after, now)
    if not starts:
        return sentences
    count = _("%d events keep their moments and start at other times on the venue's clock.")
    more = len(starts) - MAX_NAMED
    rest = [_("And %d more.") % more] if more > 0 else []
    return [count % len(starts), *starts[:MAX_NAMED], *rest, *sentences]


def _clock(event: Event) -> datetime:
    return event.local_start.replace(tzinfo=None)


def _told_start(event: Event) -> str:
    return minute(event.starts_at, event.venue.zone)


def _end_of(before: Event, after: Event, now: datetime) -> Iterator[str]:
    end = minute(after.over_at, after.venue.zone)
    if before.over_at > now >= after.over_at:
        yield _("The event is over at once: it ends on %s.") % end
    elif after.over_at > now >= before.over_at:
        yield _("The event, which was over, is not over any more: it ends on %s.") % end
    elif before.starts_at > now >= after.starts_at:
        yield _("The event has begun: it starts on %s.") % _told_start(after)
    if (before.sales_until, before.over_at) != (after.sales_until, after.over_at):
        yield from _left_behind(after)


def _left_behind(event: Event) -> Iterator[str]:
    if event.sales_until is not None and event.sales_until > event.over_at:
        zone = event.venue.zone
        yield _("Sales end with the event on %(end)s, and not as set on %(until)s.") % {
            "end": minute(event.over_at, zone),
            "until": minute(event.sales_until, zone),
        }


def _sales_of(before: Event, after: Event, now: datetime) -> Iterator[str]:
    zone = after.venue.zone
    if after.status != EventStatus.ON_SALE or _is_open(before, now) == _is_open(after, now):
        return
    if _is_open(after, now):
        until = minute(after.sales_close, zone)
        yield _("Sales of the event begin at once, and end on %s.") % until
    elif after.sales_from is not None and after.sales_from > now:
        yield _("Sales of the event stop at once, until %s.") % minute(after.sales_from, zone)
    else:
        yield _("Sales of the event end at once: on %s.") % minute(after.sales_close, zone)


def _same_day_of(before: Event, after: Event, now: datetime) -> Iterator[str]:
    if not (_is_open(before, now) and _is_open(after, now)) or _is_today(before, now) == _is_today(
        after, now
    ):
        return
    deals = Item.objects.filter(event=after.pk, kind=ItemKind.SAME_DAY).order_by("position", "pk")
    names = ", ".join(deals.values_list("name", flat=True))
    if names and _is_today(after, now):
        yield _("Today is the day of the event: on sale at once are %s.") % names
    elif names:
        yield _("Today is not the day of the event any more: off sale at once are %s.") % names


def _is_today(event: Event, now: datetime) -> bool:
    return event.day.start <= now < event.day.end


def _is_open(event: Event, now: datetime) -> bool:
    return event.status == EventStatus.ON_SALE and _includes(
        (event.sales_from, event.sales_close), now
    )


def _includes(window: Window, now: datetime) -> bool:
    start, end = window
    return (start is None or start <= now) and (end is None or now < end)
