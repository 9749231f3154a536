"""Limits of items and listings: a number on the set-up, and the stock row that enforces it."""

from collections.abc import Sequence

from django.db.models import F, Q, Sum

from allocations import ledger
from allocations.approval import judged
from allocations.enums import MovementKind, StockKind
from allocations.errors import LimitError
from allocations.models import Listing, Stock
from allocations.services import LARGEST_CAPACITY, lock_event
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.errors import InvalidInputError
from common.history import save_because
from events.models import Item
from sales.enums import BlockStatus, BookingStatus
from sales.models import BlockLine, BookingLine


def set_item_limit(
    *,
    item: Item,
    limit: int | None,
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
) -> None:
    """Cap what all channels together may hold and sell of an item; ``None`` lifts the cap. Needs a transaction.

    Raises ``LimitError`` below what is held and sold, ``InvalidInputError`` for an absurd number,
    ``NeedsApprovalError`` where it takes something that another person has to approve, and what ``as_shown``
    raises.
    """
    _set_limit(item, limit, by, reason, as_shown)


def set_listing_limit(
    *,
    listing: Listing,
    limit: int | None,
    by: Actor,
    reason: str,
    as_shown: AsShown = nothing_shown,
) -> None:
    """Cap what one channel may hold and sell of an item. Else as ``set_item_limit``; needs a transaction, too."""
    _set_limit(listing, limit, by, reason, as_shown)


def _set_limit(
    owner: Item | Listing, limit: int | None, by: Actor, reason: str, as_shown: AsShown
) -> None:
    """Count what runs under the limit now, and open, change or close its row.

    The row exists, with units, only while there is a limit. A sale planned without it must not
    slip past: it has either reached the pools' rows before we lock them, and is counted here, or
    comes after us, finds the set-up changed, and is planned anew.
    """
    if limit is not None and not 0 <= limit <= LARGEST_CAPACITY:
        raise InvalidInputError(
            f"A limit is between 0 and {LARGEST_CAPACITY}, not {limit}.", field="limit"
        )
    lock_event(owner.event_id)
    owner.refresh_from_db()
    as_shown({"limit": owner.limit})
    if limit == owner.limit:
        return
    owner.limit = limit
    with judged():
        save_because(owner, reason, by=by, fields=("limit",))
    row, _created = Stock.objects.get_or_create(
        kind=StockKind.LIMIT,
        event_id=owner.event_id,
        item=owner if isinstance(owner, Item) else None,
        listing=owner if isinstance(owner, Listing) else None,
    )
    ledger.lock(_sold_from(owner))
    held, sold = count_under(owner) if limit is not None else (0, 0)
    if limit is not None:
        require_room(limit, held, sold)
    row.refresh_from_db()
    entry = ledger.Entry(
        row.pk,
        quantity=(limit or 0) - row.quantity,
        held=held - row.held,
        sold=sold - row.sold,
    )
    ledger.post_one(ledger.Group(MovementKind.LIMIT, (entry,)), by=by, reason=reason)


def _sold_from(owner: Item | Listing) -> list[int]:
    """The rows that every sale under the limit must lock, its own among them."""
    item = owner if isinstance(owner, Item) else owner.item
    pools = Stock.objects.filter(kind=StockKind.CHANNEL, pool__components__item=item)
    if isinstance(owner, Item):
        limit = Stock.objects.filter(kind=StockKind.LIMIT, item=owner)
    else:
        pools = pools.filter(channel_id=owner.channel_id)
        limit = Stock.objects.filter(kind=StockKind.LIMIT, listing=owner)
    return [*pools.values_list("pk", flat=True), *limit.values_list("pk", flat=True)]


def require_room(limit: int, held: int, sold: int) -> None:
    """Raises ``LimitError`` for a limit below what runs under it."""
    if held + sold > limit:
        raise LimitError(
            f"{held} are held and {sold} sold already; the limit cannot be {limit}.",
            field="limit",
            asked=limit,
            held=held,
            sold=sold,
        )


def count_under(owner: Item | Listing) -> tuple[int, int]:
    """Tickets held and sold under the owner at this moment."""
    field = "item" if isinstance(owner, Item) else "listing"
    return count_under_each(field, [owner.pk]).get(owner.pk, (0, 0))


def count_under_each(field: str, keys: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The same for many: ``item`` or ``listing`` → held and sold, if any are.

    What blocks have left is held too.
    """
    set_aside = (
        BlockLine.objects.filter(**{f"{field}__in": keys}, block__status=BlockStatus.ACTIVE)
        .order_by()
        .values_list(field)
        .annotate(tickets=Sum(F("quantity") - F("sold") - F("handed_back")))
    )
    counted = {key: (tickets, 0) for key, tickets in set_aside}
    lines = BookingLine.objects.filter(**{f"{field}__in": keys}).order_by().values(field)
    for row in lines.annotate(
        held=Sum("quantity", filter=Q(booking__status=BookingStatus.ON_HOLD), default=0),
        sold=Sum(
            F("quantity") - F("refunded"),
            filter=Q(booking__status=BookingStatus.CONFIRMED),
            default=0,
        ),
    ):
        tickets, _none = counted.get(row[field], (0, 0))
        counted[row[field]] = (row["held"] + tickets, row["sold"])
    return counted
