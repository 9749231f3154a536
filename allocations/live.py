"""The news of changed stock, on its way to the screens."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from common.publisher import publish
from events.live import group_name

if TYPE_CHECKING:
    from allocations.ledger import Balance


def announce(balances: "Sequence[Balance]") -> None:
    """Tell whoever watches the events; costs the caller nothing and may be lost.

    Message: ``{"type": "stock.changed", "rows": [[stock, event, version, quantity, held, sold,
    drawn], …]}``.
    """
    by_event: dict[int, list[Balance]] = defaultdict(list)
    for balance in balances:
        by_event[balance.event_id].append(balance)
    for event_id, rows in by_event.items():
        publish(group_name(event_id), {"type": "stock.changed", "rows": rows})
