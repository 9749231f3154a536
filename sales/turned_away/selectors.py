"""What was turned away."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sales.enums import Limit
from sales.models import TurnedAway


class Refused(NamedTuple):
    """In the quarter of an hour that begins at ``at``, of one item through one channel because of one limit.

    ``tickets`` were asked for, in ``refusals`` refused orders; an order of several items is a refusal of one of them.
    """

    at: datetime
    item_id: int
    channel_id: int
    limit: Limit
    refusals: int
    tickets: int


def turned_away(
    event_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limits: Collection[Limit] | None = None,
) -> list[Refused]:
    """All of an event, in the order of time; ``until`` itself is left out. One statement.

    ``limits``: only these, such as ``LIMITS_OF_QUANTITY``. What was counted in the last seconds may be missing.
    """
    rows = TurnedAway.objects.filter(event=event_id)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    if limits is not None:
        rows = rows.filter(limit__in=limits)
    columns = ("at", "item_id", "channel_id", "limit", "refusals", "tickets")
    return [
        Refused(at, item_id, channel_id, Limit(limit), refusals, tickets)
        for at, item_id, channel_id, limit, refusals, tickets in rows.order_by(
            "at", "pk"
        ).values_list(*columns)
    ]
