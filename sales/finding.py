"""Bookings by their numbers and references, as the index has them: no contact is looked at."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import SalesChannel
from common.spoken_number import row_of, rows_beginning
from common.typed import Typed, is_one_of
from sales.models import Booking

# Looked at of what begins so: the newest of them are shown.
MAX_FOUND = 50


def find_bookings(user: User | AnonymousUser, typed: Typed) -> QuerySet[Booking]:
    """At the person's venues, by our number or the API's, or the beginning of our number or a reference."""
    bookings = Booking.objects.filter(within_venues(user, "channel__venue"))
    bookings = bookings.select_related("event__venue", "channel").order_by("-pk")
    if not typed.words:
        return bookings
    if (row := row_of(typed.text)) is not None:
        return bookings.filter(pk=row)
    if typed.uuid is not None:
        return bookings.filter(uuid=typed.uuid)
    # The index begins with the channel, as sellers ask.
    channels = SalesChannel.objects.filter(within_venues(user, "venue")).order_by().values("pk")
    begun = Booking.objects.filter(
        ~Q(reference=""),  # as the index says, or it is not used
        is_one_of("channel_id", channels),
        reference__startswith=typed.text,
    )
    matches = is_one_of("pk", begun.order_by().values("pk")[:MAX_FOUND])
    if rows := rows_beginning(typed.text, MAX_FOUND):
        matches |= Q(pk__in=rows)
    return bookings.filter(matches)
