"""Changes to pools, allocations and what channels may draw. Each needs a transaction.

Lock order (docs/ledger.md): the event's row, then stock rows inside the ledger.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import connection

from allocations import ledger
from allocations.approval import judged
from allocations.enums import MovementKind, StockKind
from allocations.errors import CapacityError, SamePoolError, SetUpOverError, StockRefusedError
from allocations.models import Listing, SafetyBuffer, SalesChannel, Stock
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.errors import InvalidInputError
from common.history import save_because
from common.names import clean_name
from events.enums import EventStatus
from events.models import Event, Item, Pool
from events.models.moments import BOUNDS, OUTSIDE, is_storable

LARGEST_CAPACITY = 10_000_000


def lock_event(event_id: int) -> Event:
    """The event's row, locked first by whatever changes its set-up."""
    return Event.objects.select_for_update(no_key=True).get(pk=event_id)


def add_pool(
    *, event: Event, name: str, capacity: int, by: Actor, reason: str = "", position: int = 0
) -> Pool:
    """Create a pool with its general open row, and its capacity in it."""
    lock_event(event.pk)
    pool = Pool(event=event, name=name, position=position)
    save_because(pool, reason, by=by)
    Stock.objects.create(event=event, kind=StockKind.OPEN, pool=pool)
    if capacity:
        set_capacity(pool=pool, capacity=capacity, by=by, reason=reason)
    return pool


def set_capacity(
    *,
    pool: Pool,
    capacity: int,
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
    gives_to: Stock | None = None,
) -> None:
    """Grow or shrink a pool; the general open row takes the difference, or of what is more ``gives_to``.

    Raises ``CapacityError`` with the numbers when the open row has less than what is to go,
    ``InvalidInputError`` when the capacity is absurd, and what ``as_shown`` raises.
    """
    if not 0 <= capacity <= LARGEST_CAPACITY:
        raise InvalidInputError(
            f"A capacity is between 0 and {LARGEST_CAPACITY}, not {capacity}.", field="capacity"
        )
    lock_event(pool.event_id)
    pool.refresh_from_db()
    as_shown({"capacity": pool.capacity})
    change = capacity - pool.capacity
    if not change:
        return
    pool.capacity = capacity
    save_because(pool, reason, by=by, fields=("capacity",))
    row = gives_to if gives_to is not None and change > 0 else general_row(pool)
    entry = ledger.Entry(row.pk, quantity=change)
    try:
        ledger.post_one(ledger.Group(MovementKind.CAPACITY, (entry,)), by=by, reason=reason)
    except StockRefusedError as refusal:
        if change > 0:  # the ceiling of who was to have it
            raise
        free = {
            str(row): row.free
            for row in pool.stock.filter(kind=StockKind.CHANNEL).select_related("pool", "channel")
        }
        raise CapacityError(
            f"The capacity can shrink by {refusal.tightest.room}, the free units of the open "
            f"stock, not by {-change}.",
            field="capacity",
            asked=-change,
            free=refusal.tightest.room,
            free_in_channels=free,
        ) from refusal


def general_row(pool: Pool) -> Stock:
    return Stock.objects.get(pool=pool, kind=StockKind.OPEN, name="")


def named_row(*, pool: Pool, name: str) -> Stock:
    """The open row of a group of channels, made if need be."""
    name = clean_name(name)
    row = Stock.objects.filter(pool=pool, kind=StockKind.OPEN, name__iexact=name).first()
    if row:
        return row
    lock_event(pool.event_id)
    return Stock.objects.get_or_create(
        pool=pool,
        kind=StockKind.OPEN,
        name__iexact=name,
        defaults={"event_id": pool.event_id, "name": name},
    )[0]


def channel_row(*, pool: Pool, channel: SalesChannel) -> Stock:
    """The row that holds a channel's part of a pool, made empty if need be."""
    row = Stock.objects.filter(pool=pool, kind=StockKind.CHANNEL, channel=channel).first()
    if row:
        return row
    lock_event(pool.event_id)
    return Stock.objects.get_or_create(
        pool=pool,
        kind=StockKind.CHANNEL,
        channel=channel,
        defaults={"event_id": pool.event_id},
    )[0]


def is_set_up(event: Event) -> bool:
    """Before it is first put on sale people move units freely; later by transfers alone."""
    return event.status == EventStatus.DRAFT


def require_set_up(pool: Pool) -> None:
    """Raises ``SetUpOverError`` where it has been put on sale, perhaps a moment ago; locks the event."""
    if not is_set_up(lock_event(pool.event_id)):
        raise SetUpOverError("The event has been put on sale: units move by transfers from now on.")


def move_quantity(*, source: Stock, target: Stock, units: int, by: Actor, reason: str) -> None:
    """Move free units between two rows of one pool.

    Raises ``StockRefusedError`` when the source has less free or the target's ceiling is lower,
    ``SamePoolError`` when the rows do not belong together, ``InvalidInputError`` for no units.
    """
    if units < 1 or units > LARGEST_CAPACITY:
        raise InvalidInputError(
            f"Between 1 and {LARGEST_CAPACITY} units can be moved, not {units}.", field="units"
        )
    if (
        source.pool_id is None
        or source.pool_id != target.pool_id
        or source.pk == target.pk
        or StockKind.KILLED in {source.kind, target.kind}
    ):
        raise SamePoolError("Quantity moves between two rows of one pool.", field="target")
    entries = (ledger.Entry(source.pk, quantity=-units), ledger.Entry(target.pk, quantity=units))
    with judged():
        ledger.post_one(ledger.Group(MovementKind.MOVE, entries), by=by, reason=reason)


def allocate(*, pool: Pool, channel: SalesChannel, units: int, by: Actor, reason: str) -> Stock:
    """Move units from the pool's general open row to a channel. Raises as ``move_quantity``."""
    row = channel_row(pool=pool, channel=channel)
    move_quantity(source=general_row(pool), target=row, units=units, by=by, reason=reason)
    return row


def set_drawing(
    *,
    row: Stock,
    draws_on: Stock | None,
    by: Actor,
    reason: str,
    draws_from: datetime | None = None,
    draws_until: datetime | None = None,
    ceiling: int | None = None,
    as_shown: AsShown = nothing_shown,
) -> None:
    """Say from which open row, from when to when and up to what quantity a channel may draw.

    Raises ``SamePoolError`` for rows that do not fit, ``InvalidInputError`` for a window that
    ends before it starts or lies outside the dates that may be stored, ``StockRefusedError`` for
    a ceiling below the present quantity, and what ``as_shown`` raises.
    """
    require_terms(row, draws_on, draws_from, draws_until, ceiling)
    lock_event(row.event_id)
    now = Stock.objects.get(pk=row.pk)
    as_shown(
        {
            "draws_on": now.draws_on_id,
            "draws_from": now.draws_from,
            "draws_until": now.draws_until,
            "ceiling": now.ceiling,
        }
    )
    terms = ledger.Terms(
        draws_on.pk if draws_on else None, draws_from, draws_until, ceiling, now.releases_at
    )
    ledger.set_terms({row.pk: terms}, by=by, reason=reason)


def require_terms(
    row: Stock,
    draws_on: Stock | None,
    draws_from: datetime | None,
    draws_until: datetime | None,
    ceiling: int | None,
) -> None:
    """Raises as ``set_drawing`` when a channel's row cannot draw on these terms."""
    if row.kind != StockKind.CHANNEL or (
        draws_on is not None
        and (draws_on.kind != StockKind.OPEN or draws_on.pool_id != row.pool_id)
    ):
        raise SamePoolError(
            "A channel's row draws on an open row of the same pool.", field="draws_on"
        )
    for field, moment in (("draws_from", draws_from), ("draws_until", draws_until)):
        if moment is not None and not is_storable(moment):
            raise InvalidInputError(str(OUTSIDE % BOUNDS), field=field)
    if draws_from and draws_until and draws_until <= draws_from:
        raise InvalidInputError("The window ends before it starts.", field="draws_until")
    if ceiling is not None and ceiling < 0:
        raise InvalidInputError("A ceiling is not negative.", field="ceiling")
    ledger.require_ceiling(row, ceiling)


# What is sold of a row is sold of its own part first: of its unsold units the buffer is the last to go.
_NOTE_LENT = """
UPDATE allocations_safetybuffer b
   SET lent = greatest(least(b.lent, s.quantity - s.held - s.sold - v.units) + v.units, 0)
  FROM unnest(%(rows)s::bigint[], %(units)s::integer[]) v (row, units)
  JOIN allocations_stock s ON s.id = v.row
 WHERE b.stock_id = v.row
"""


def note_lent(units_by_row: Mapping[int, int]) -> None:
    """Note that these units, perhaps fewer than 0, have come to channels' rows as their safety buffers.

    Called after the ledger has moved them, with the rows still locked. Rows of open stock have none.
    """
    channels = Stock.objects.filter(pk__in=units_by_row, kind=StockKind.CHANNEL)
    rows = list(channels.order_by("pk").values_list("pk", flat=True))
    SafetyBuffer.objects.bulk_create(
        (SafetyBuffer(stock_id=row) for row in rows), ignore_conflicts=True
    )
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_LENT, {"rows": rows, "units": [units_by_row[row] for row in rows]})


def list_item(
    *, item: Item, channel: SalesChannel, price: Decimal, reason: str = "", **traits: object
) -> Listing:
    """Offer an item through a channel; ``traits`` are further fields of the listing.

    Raises ``ValidationError`` when they do not fit together.
    """
    lock_event(item.event_id)
    listing = Listing(event_id=item.event_id, item=item, channel=channel, price=price, **traits)
    listing.full_clean()
    save_because(listing, reason)
    stock_listing(listing)
    return listing


def stock_listing(listing: Listing) -> None:
    """See that the channel has a row, perhaps an empty one, in each pool the item takes from."""
    for pool in listing.item.pools.all():
        channel_row(pool=pool, channel=listing.channel)
