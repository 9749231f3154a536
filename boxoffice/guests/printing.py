"""The tickets of a guest, or of a hold without a name: read for the page that prints them, and each printing noted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.formats import date_format

from accounts.models import User
from boxoffice.counter.receipts import ticket_pages
from boxoffice.models import TicketPrinting
from common.errors import NotFoundError
from common.text import minute
from sales.errors import InvalidStateError
from sales.guests.selectors import holds_of
from sales.models import HandOut


def hand_outs_of(user: User) -> QuerySet[HandOut]:
    """Those whose tickets a person prints: who may hand out of a hold, also after it has ended."""
    return HandOut.objects.filter(line__block__in=holds_of(user).order_by().values("pk"))


def find_hand_out(user: User, event_id: int, hand_out_id: int) -> HandOut:
    """Raises ``NotFoundError`` for one of a hold that the person does not hand out from, as for one that is not."""
    own = hand_outs_of(user).select_related("booking__event__venue", "guest", "line__block")
    row = own.filter(pk=hand_out_id, line__block__event=event_id).first()
    if row is None:
        raise NotFoundError("There are no such tickets.", field="hand_out")
    return row


def tickets_context(row: HandOut) -> dict[str, Any]:
    """What the page says: the tickets that the booking has now, with whom they are for."""
    booking = row.booking
    lines = list(booking.lines.select_related("item").order_by("number"))
    event, zone = booking.event, booking.event.venue.zone
    first = row.printings.first()
    local = event.starts_at.astimezone(zone)
    return {
        "hand_out": row,
        "booking": booking,
        "event": event,
        "venue": event.venue,
        "starts": date_format(local, "D j M Y" if event.all_day else "D j M Y, H:i"),
        "name": row.guest.name if row.guest is not None else row.line.block.name,
        "first_printed": minute(first.at, zone) if first else "",
        **ticket_pages(booking, lines),
    }


def last_printed(hand_out_ids: Iterable[int]) -> dict[int, datetime]:
    """Hand-out → when its tickets were printed last, of those that were."""
    rows = TicketPrinting.objects.filter(hand_out__in=list(hand_out_ids)).order_by()
    return dict(rows.values_list("hand_out").annotate(last=Max("at")))


def note_printing(row: HandOut, *, clerk: User) -> TicketPrinting:
    """Raises ``InvalidStateError`` where the booking has no tickets any more: it was undone, or refunded."""
    if not ticket_pages(row.booking, list(row.booking.lines.select_related("item")))["tickets"]:
        raise InvalidStateError(f"Booking {row.booking} has no tickets any more.")
    return TicketPrinting.objects.create(hand_out=row, user=clerk)
