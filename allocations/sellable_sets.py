"""What of many listings sells at a moment, as the database says of sets (``allocations/sql/``).

The same of one sale: ``sales/rules.py`` and ``allocations/sellable.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, Func, Q, QuerySet, Value

from allocations.enums import Stopped
from allocations.models import Listing
from allocations.stop_sell import KINDS, Stoppable
from common.clock import database_now
from events.enums import EventStatus
from events.models import Event

# From a listing to all that may be stopped of it.
PATHS = {
    Stopped.EVENT: "event",
    Stopped.ITEM: "item",
    Stopped.CHANNEL: "channel",
    Stopped.LISTING: "pk",
}


def on_sale_now(events: QuerySet[Event], now: datetime) -> Q:
    """Listings of events that could start a sale now if there is stock."""
    listings = Func(
        ArraySubquery(events.order_by().values("pk")),
        Value(now, DateTimeField()),
        function="allocations_open_listings",
        template="(SELECT %(function)s(%(expressions)s))",
        output_field=BigIntegerField(),
    )
    return Q(pk__in=listings)


@dataclass(frozen=True, slots=True)
class WouldSell:
    """Listings, and the units that they could sell together: what several share counts once."""

    listings: int
    units: int


def would_sell(event: Event) -> WouldSell:
    """What an event could sell once it is on sale and its sales have begun; its own stop counts."""
    at = database_now()
    if event.sales_from is not None:
        at = max(at, event.sales_from)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT listing_id FROM allocations_sellable_listings(%s, %s) WHERE stopped_by = '{}'",
            [[event.pk], at],
        )
        listings = [listing for (listing,) in cursor.fetchall()]
    return _counted(listings, at)


def can_sell_without(target: Stoppable) -> WouldSell:
    """What the target sells now, or would if it were not stopped itself; other stops count."""
    at = database_now()
    kind = KINDS[type(target)]
    own = Listing.objects.filter(**{PATHS[kind]: target.pk}).order_by()
    # Most events of a channel are over: those need not be looked at.
    events = list(
        own.filter(event__status=EventStatus.ON_SALE).values_list("event", flat=True).distinct()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT listing_id FROM allocations_sellable_listings(%(events)s, %(at)s)"
            " WHERE is_on_sale AND stopped_by <@ ARRAY[%(kind)s]::varchar[] AND %(target)s ="
            " CASE %(kind)s WHEN 'EVENT' THEN event_id WHEN 'ITEM' THEN item_id"
            " WHEN 'CHANNEL' THEN channel_id ELSE listing_id END",
            {"events": events, "at": at, "kind": kind, "target": target.pk},
        )
        listings = [listing for (listing,) in cursor.fetchall()]
    return _counted(listings, at)


def _counted(listings: Sequence[int], at: datetime) -> WouldSell:
    """Units of the channels' own rows, and of each open row that one of them may draw on then once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH level AS MATERIALIZED (SELECT DISTINCT l.stock_id, l.own, l.draws_on"
            " FROM allocations_listing o JOIN events_component c ON c.item_id = o.item_id"
            " JOIN allocations_channel_levels("
            "   ARRAY(SELECT DISTINCT event_id FROM allocations_listing WHERE id = ANY (%(listings)s)),"
            "   %(at)s) l ON l.pool_id = c.pool_id AND l.channel_id = o.channel_id"
            " WHERE o.id = ANY (%(listings)s))"
            " SELECT coalesce((SELECT sum(own) FROM level), 0) + coalesce((SELECT sum(quantity)"
            " FROM allocations_stock WHERE id IN (SELECT draws_on FROM level)), 0)",
            {"listings": list(listings), "at": at},
        )
        units: int = int(cursor.fetchone()[0])
    return WouldSell(len(listings), units)
