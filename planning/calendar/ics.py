"""Entries as a calendar file (RFC 5545). The same entries are the same bytes, so that a program may ask in vain."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from planning.calendar.entries import Entry

ASK_AGAIN = timedelta(minutes=15)


def calendar_of(entries: Iterable[Entry], made_at: datetime) -> bytes:
    """``made_at`` is the stamp of each entry: when somebody has asked for the calendar first."""
    calendar = Calendar()
    calendar.add("prodid", "-//Finlo Inventory//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Finlo Inventory"))
    calendar.add("refresh-interval", vDuration(ASK_AGAIN), parameters={"value": "DURATION"})
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@finlo-inventory")
        event.add("dtstamp", made_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", entry.at.astimezone(UTC).replace(microsecond=0))
        event.add("summary", f"{entry.title}: {entry.event}")
        event.add("location", entry.venue)
        event.add("url", settings.PUBLIC_URL + entry.path)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
