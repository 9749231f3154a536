"""Bookings of a counter, found by what a buyer says or shows."""

from django.db.models import Q, QuerySet
from typing_extensions import TypedDict

from accounts.models import User
from boxoffice.counter.answers import PaymentJson, present_payment
from boxoffice.models import Payment
from common.clock import utc
from common.spoken_number import row_of
from sales.models import Booking
from sales.orders import BookingJson, present
from sales.selectors import may_read_contact

MAX_RESULTS = 20
# So many of the newest bookings and payments of a counter are looked through for words: they have no index.
MAX_READ = 20_000


class EventNameJson(TypedDict):
    """Of which event a booking is."""

    id: int
    name: str
    utc_starts_at: str
    all_day: bool


class MatchJson(TypedDict):
    """A booking, with the names of what it is for and what was paid for it at the counter."""

    booking: BookingJson
    event: EventNameJson
    items: dict[str, str]
    """Name of each item, by its id."""
    payments: list[PaymentJson]


def search(channel_id: int, text: str, clerk: User) -> list[MatchJson]:
    """The newest first. Nothing where nothing was typed."""
    text = " ".join(text.split())
    if not text:
        return []
    own = Booking.objects.filter(channel=channel_id)
    bookings = list(_matching(own, channel_id, text, clerk).order_by("-pk")[:MAX_RESULTS])
    by_booking: dict[int, list[PaymentJson]] = {booking.pk: [] for booking in bookings}
    for payment in Payment.objects.filter(booking__in=by_booking):
        if payment.booking_id is not None:
            by_booking[payment.booking_id].append(present_payment(payment))
    return [_present(booking, by_booking[booking.pk], clerk) for booking in bookings]


def _matching(own: QuerySet[Booking], channel_id: int, text: str, clerk: User) -> QuerySet[Booking]:
    related = own.select_related("event").prefetch_related("lines__item")
    if (row := row_of(text)) is not None:
        return related.filter(pk=row)
    receipts = Payment.objects.filter(receipt=text.upper()).values("booking")
    taken = Payment.objects.filter(shift__channel=channel_id).order_by("-pk").values("pk")
    # A slip, or who owes it.
    noted = Payment.objects.filter(pk__in=taken[:MAX_READ], reference__icontains=text)
    condition = Q(pk__in=receipts) | Q(reference__startswith=text)
    condition |= Q(pk__in=noted.values("booking"))
    if may_read_contact(clerk):
        newest = own.order_by("-pk").values("pk")[:MAX_READ]
        names = ("full_name", "first_name", "last_name", "email_address", "phone_number")
        named = Q()
        for name in names:
            named |= Q(**{f"contact__{name}__icontains": text})
        condition |= Q(pk__in=newest, contact__isnull=False) & named
    return related.filter(condition)


def _present(booking: Booking, payments: list[PaymentJson], clerk: User) -> MatchJson:
    lines = list(booking.lines.all())
    answer = present(booking, lines)
    if not may_read_contact(clerk):
        answer["contact"] = None
    return {
        "booking": answer,
        "event": {
            "id": booking.event_id,
            "name": booking.event.name,
            "utc_starts_at": utc(booking.event.starts_at),
            "all_day": booking.event.all_day,
        },
        "items": {str(line.item_id): line.item.name for line in lines},
        "payments": payments,
    }
