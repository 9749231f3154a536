"""Cancelling an event: every booking's fate is counted, decided and written down first.

The decision is one short transaction; ``sales.cancellation_worker`` then ends the bookings in batches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction

from allocations import ledger
from allocations.models import SalesChannel, Stock
from common.actor import Actor
from common.after_commit import after_commit
from common.errors import NotFoundError
from events.services import mark_cancelled
from sales.cancellation_worker import ask_for_settling
from sales.enums import Fate
from sales.errors import FateMissingError
from sales.models import ChannelSettlement, EventCancellation


@dataclass(frozen=True, slots=True)
class Tally:
    """What one channel has of an event: live holds, what is sold and not refunded, and active leases and named holds."""

    channel: SalesChannel
    holds: int
    tickets_held: int
    bookings: int
    tickets_sold: int
    money: Decimal
    leases: int = 0
    tickets_leased: int = 0


_LEASED = """
SELECT b.channel_id, count(DISTINCT b.id), sum(l.quantity - l.sold - l.handed_back)
  FROM sales_block b JOIN sales_blockline l ON l.block_id = b.id
 WHERE b.event_id = %s AND b.status = 'ACTIVE'
 GROUP BY b.channel_id
"""
_TALLY = """
SELECT b.channel_id,
       count(DISTINCT b.id) FILTER (WHERE b.status = 'ON_HOLD'),
       coalesce(sum(l.quantity) FILTER (WHERE b.status = 'ON_HOLD'), 0),
       count(DISTINCT b.id) FILTER (WHERE b.status = 'CONFIRMED'),
       coalesce(sum(l.quantity - l.refunded) FILTER (WHERE b.status = 'CONFIRMED'), 0),
       coalesce(sum((l.quantity - l.refunded) * l.unit_price)
                FILTER (WHERE b.status = 'CONFIRMED'), 0)
  FROM sales_booking b JOIN sales_bookingline l ON l.booking_id = b.id
 WHERE b.event_id = %s AND b.status IN ('ON_HOLD', 'CONFIRMED')
 GROUP BY b.channel_id
"""


def tally(event_id: int) -> list[Tally]:
    """What each channel has booked of the event at this moment; those with nothing are left out.

    Holds are counted until they are swept, also past their time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [event_id])
        numbers = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_LEASED, [event_id])
        for channel_id, *leased in cursor.fetchall():
            numbers[channel_id] = (*numbers.get(channel_id, (0, 0, 0, 0, Decimal(0))), *leased)
    channels = SalesChannel.objects.filter(pk__in=numbers).order_by("kind", "name")
    return [Tally(channel, *numbers[channel.pk]) for channel in channels]


def cancel_event(
    *, event_id: int, fates: Mapping[int, Fate], by: Actor, reason: str
) -> EventCancellation:
    """Cancel an event for good, and settle its bookings from then on.

    Holds are released and leases end. Confirmed bookings meet the fate of their channel in ``fates``: refunded,
    their tickets given back; or kept as they are, for their seller to settle.

    Raises ``FateMissingError`` when a channel has sold and has no fate, ``EventStateError`` when
    the event is cancelled already, ``NotFoundError`` for no such event or a channel of another
    venue.
    """
    with transaction.atomic(durable=True):
        event = mark_cancelled(event_id=event_id, by=by, reason=reason)
        if SalesChannel.objects.filter(pk__in=fates, venue_id=event.venue_id).count() != len(fates):
            raise NotFoundError("There is no such channel in the venue.", field="fates")
        # A sale that has its stock commits before us, and is counted; whoever comes after us
        # finds the set-up changed, and the event cancelled. So none is left out.
        ledger.lock(Stock.objects.filter(event_id=event_id).values_list("pk", flat=True))
        counted = tally(event_id)
        _require_fates(counted, fates)
        cancellation = EventCancellation.objects.create(
            event=event, reason=reason[:300], user_id=by.user_id
        )
        ChannelSettlement.objects.bulk_create(
            ChannelSettlement(
                cancellation=cancellation,
                channel=channel_tally.channel,
                fate=fates.get(channel_tally.channel.pk, Fate.KEEP),
                holds=channel_tally.holds,
                tickets_held=channel_tally.tickets_held,
                bookings=channel_tally.bookings,
                tickets_sold=channel_tally.tickets_sold,
                money=channel_tally.money,
                leases=channel_tally.leases,
                tickets_leased=channel_tally.tickets_leased,
            )
            for channel_tally in counted
        )
        after_commit(ask_for_settling)
    return cancellation


def _require_fates(counted: list[Tally], fates: Mapping[int, Fate]) -> None:
    undecided = {
        channel_tally.channel.name: channel_tally.bookings
        for channel_tally in counted
        if channel_tally.bookings and channel_tally.channel.pk not in fates
    }
    if undecided:
        raise FateMissingError(
            "Say for each channel that has sold what becomes of its confirmed bookings.",
            field="fates",
            bookings=undecided,
        )
