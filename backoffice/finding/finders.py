"""What can be found, in the order in which it is shown: the one place that lists it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.finding import find_people
from accounts.models import User
from alerts.finding import find_alerts
from alerts.models import Alert
from alerts.words import place, title
from allocations.finding import find_channels
from allocations.models import SalesChannel
from allocations.stop_sell import read_stops
from backoffice.finding.found import Finder
from backoffice.transfers.lists import route, units_told
from common.text import local_time
from events.finding import find_events, find_items
from events.models import Event, Item
from sales.finding import find_bookings
from sales.models import Booking
from transfers.finding import find_transfers
from transfers.models import Transfer

Said = tuple[str, tuple[str, ...]]


def _event(event: Event) -> Said:
    at = local_time(event.starts_at, event.venue.zone)
    return event.name, (at, event.venue.name, event.get_status_display())


def _booking(booking: Booking) -> Said:
    of = _of_event(booking.event)
    parts = (booking.reference, *of, booking.channel.name, booking.get_status_display())
    return str(booking), tuple(part for part in parts if part)


def _channel(channel: SalesChannel) -> Said:
    return channel.name, (channel.venue.name, channel.get_place_display())


def _item(item: Item) -> Said:
    return item.name, (*_of_event(item.event), item.event.venue.name)


def _alert(alert: Alert) -> Said:
    return title(alert), (place(alert), alert.get_status_display())


def _transfer(transfer: Transfer) -> Said:
    units = _("%s units") % units_told(transfer)
    pool = transfer.pool.name
    return (
        route(transfer),
        (units, pool, *_of_event(transfer.event), transfer.get_status_display()),
    )


def _person(person: User) -> Said:
    return str(person), (person.email, *(() if person.is_active else (_("Switched off"),)))


def _of_event(event: Event) -> tuple[str, str]:
    return event.name, local_time(event.starts_at, event.venue.zone)


def _stops(rows: Sequence[Any]) -> None:
    read_stops(rows)


def _by_time(find: Any) -> Any:
    """Of what is ordered or judged by the clock."""
    return lambda request, typed: find(request.user, typed, timezone.now())


def _of_person(find: Any) -> Any:
    return lambda request, typed: find(request.user, typed)


def _people(request: HttpRequest, typed: Any) -> Any:
    del request  # whoever may open their pages sees all of them
    return find_people(typed)


FINDERS: tuple[Finder, ...] = (
    Finder(Event, "event", _by_time(find_events), _event, acts=True, read=_stops),
    Finder(Booking, "receipt_long", _of_person(find_bookings), _booking, acts=True),
    Finder(SalesChannel, "storefront", _of_person(find_channels), _channel, acts=True, read=_stops),
    Finder(Item, "confirmation_number", _by_time(find_items), _item, acts=True, read=_stops),
    Finder(Alert, "notifications", _by_time(find_alerts), _alert, acts=True),
    Finder(Transfer, "swap_horiz", _by_time(find_transfers), _transfer),
    Finder(User, "person", _people, _person),
)
