"""What a change that was approved has done to channels, told to their partners."""

from collections.abc import Iterable

from allocations.enums import StockKind
from allocations.models import Listing, Movement
from transfers.enums import Audience, ChangeKind
from transfers.models import ChangeRequest, TransferNotice


def last_movement(change: ChangeRequest) -> int:
    """The number of the newest movement of the event's stock before the change is carried out."""
    newest = Movement.objects.filter(stock__event=change.event_id).order_by("-pk")
    return newest.values_list("pk", flat=True).first() or 0


def tell_taken(change: ChangeRequest, since: int) -> None:
    """Have the partners told of whose stock or limits something has changed since that movement."""
    parts: dict[int, list[dict[str, object]]] = {}
    moved = Movement.objects.filter(
        stock__event=change.event_id, stock__kind=StockKind.CHANNEL, pk__gt=since
    )
    for line in moved.select_related("stock__pool").order_by("pk"):
        parts.setdefault(line.stock.channel_id or 0, []).append(
            {
                "pool": line.stock.pool_id,
                "name": str(line.stock.pool),
                "before": line.quantity - line.delta_quantity,
                "after": line.quantity,
            }
        )
    for channel in _limited(change):
        parts.setdefault(channel, [])
    TransferNotice.objects.bulk_create(
        TransferNotice(change=change, channel_id=channel, audience=Audience.SOURCE, parts=own)
        for channel, own in parts.items()
    )


def _limited(change: ChangeRequest) -> Iterable[int]:
    """The channels that sell under a limit."""
    if change.kind != ChangeKind.LIMIT:
        return ()
    content = change.content
    owner = {"item": content["item"]} if "item" in content else {"pk": content["listing"]}
    return Listing.objects.filter(**owner).values_list("channel", flat=True)
