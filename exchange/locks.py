"""What an import locks before it writes: each kind of row at once, in the order of docs/ledger.md."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, Q

from allocations import ledger
from allocations.enums import StockKind
from allocations.models import Listing, SalesChannel, Stock
from events.models import Event, Item, Pool, Venue
from exchange.base import RowChange
from exchange.dry_run import Plan


def lock_events(plan: Plan) -> None:
    """Every event that the file names, and every one whose set-up a change of it raises.

    Before all else, channels among it. A listing that is made meanwhile can bring a changed channel
    one event more: that one is met out of order, and the import is refused as busy at worst.
    """
    venues = _saved(plan, Venue)
    listed = Listing.objects.filter(channel__in=_saved(plan, SalesChannel)).values("event")
    concerned = Q(pk__in=plan.event_ids) | Q(pk__in=listed) | Q(venue__in=venues)
    events = Event.objects.select_for_update(no_key=True).filter(concerned)
    list(events.order_by("pk").values_list("pk"))


def lock_stock(plan: Plan) -> None:
    """Every stock row that settling comes to, in one statement; sales wait from here on."""
    settled = plan.settled()
    if not settled:
        return
    pools = _asking(settled, Pool, "capacity")
    parts = _asking(settled, Item, "components")
    items = _asking(settled, Item, "limit")
    listings = _asking(settled, Listing, "limit")
    sold = Stock.objects.filter(kind=StockKind.CHANNEL)
    divided = Stock.objects.filter(kind__in=(StockKind.CHANNEL, StockKind.OPEN))
    row_sets = [
        # A plan gives every row of its pool a place, and follows its event to other dates.
        divided.filter(
            pool__in=[change.target.pk for change in settled if "plan" in change.to_settle]
        ),
        divided.filter(event__in=_asking(settled, Event, "dates")),
        Stock.objects.filter(kind=StockKind.OPEN, name="", pool__in=pools),
        sold.filter(pool__components__item__in=[*parts, *items]),
        # Those that the item takes from now on.
        sold.filter(pool__in=_pools_to_take(settled)),
        sold.filter(_sold_under(listings)),
        Stock.objects.filter(kind=StockKind.LIMIT, item__in=items),
        Stock.objects.filter(kind=StockKind.LIMIT, listing__in=listings),
    ]
    ledger.lock({key for rows in row_sets for key in rows.values_list("pk", flat=True)})


def _sold_under(listings: Sequence[Listing]) -> Q:
    condition = Q(pk__in=())
    for listing in listings:
        condition |= Q(channel=listing.channel_id, pool__components__item=listing.item_id)
    return condition


def _saved(plan: Plan, model: type[Model]) -> list[int]:
    """The keys of those objects of a model that the file changes."""
    return [
        planned.target.pk
        for planned in plan.rows
        if planned.is_changed and isinstance(planned.target, model)
    ]


def _asking(settled: Sequence[RowChange], model: type[Model], what: str) -> list[Any]:
    return [
        planned.target
        for planned in settled
        if isinstance(planned.target, model) and what in planned.to_settle
    ]


def _pools_to_take(settled: Sequence[RowChange]) -> list[int]:
    return [
        pool.pk for planned in settled for pool, _units in planned.to_settle.get("components", ())
    ]
