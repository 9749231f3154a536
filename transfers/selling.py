"""Whether those who are given units can sell them, and in words why not."""

from collections.abc import Iterable

from django.db import connection

from allocations.models import Stock
from allocations.stop_sell import read_stops
from transfers.errors import CannotSellError


def standing_still(rows: Iterable[Stock]) -> dict[int, str]:
    """Of rows whose channel can sell nothing of the pool, now or later: why, by the row's id.

    Whether is for the database to say, which refuses the transfer (``transfers_row_can_sell()``).
    """
    sellers = {row.pk: row for row in rows if row.channel_id is not None}
    if not sellers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) id"
            " WHERE NOT transfers_row_can_sell(id, clock_timestamp())",
            [list(sellers)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    read_stops([channel for pk in ids if (channel := sellers[pk].channel) is not None])
    read_stops([sellers[pk].event for pk in ids])
    return {pk: _why(sellers[pk]) for pk in ids}


def require_selling(rows: Iterable[Stock]) -> None:
    """Raises ``CannotSellError`` naming the first that cannot sell what it would be given."""
    for why in standing_still(rows).values():
        raise CannotSellError(
            f"{why} Say that it is meant, and the units move all the same.", field="despite_stop"
        )


def _why(row: Stock) -> str:
    channel, event = row.channel, row.event
    if channel is not None and channel.stop_reason:
        return f"{channel} is stopped: {channel.stop_reason}."
    if event.stop_reason:
        return f"{event.name} is stopped: {event.stop_reason}."
    listings = channel.listings.filter(item__components__pool=row.pool_id) if channel else None
    if listings is not None and listings.exists():
        return f"{channel} can sell nothing of {row.pool}: its listings are off, stopped, or over."
    return f"{channel} lists nothing of {row.pool}."
