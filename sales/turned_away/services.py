"""Counting of refused sales and holds. Nothing here asks the database: it adds in memory, after the sale's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from common.errors import RefusedError
from idempotency.answers import Repeat
from sales.enums import Limit
from sales.orders import OrderLine
from sales.turned_away.counting import QUARTER_SECONDS, Count, tally, write_counts
from sales.turned_away.limits import limit_of, limit_of_conflict, line_at_fault

__all__ = (
    "Count",
    "Demand",
    "counted",
    "demand_of",
    "limit_of",
    "note_conflict",
    "note_refusal",
    "quarter_of",
    "start",
    "stop",
    "write_counts",
)


@dataclass(slots=True)
class Demand:
    """What is asked for: of which event, through which channel, and (item, tickets) of each line.

    Whoever learns that only in the transaction, of a booking that is changed, fills it in there.
    """

    event_id: int = 0
    channel_id: int = 0
    lines: Sequence[tuple[int, int]] = ()

    def fill(self, event_id: int, channel_id: int, lines: Sequence[tuple[int, int]]) -> None:
        self.event_id, self.channel_id, self.lines = event_id, channel_id, lines


def demand_of(event_id: int, channel_id: int, lines: Sequence[OrderLine]) -> Demand:
    return Demand(event_id, channel_id, [(line.item_id, line.quantity) for line in lines])


@contextmanager
def counted(demand: Demand, repeat: Repeat | None = None) -> Iterator[None]:
    """Around the transactions of a sale: a refusal that comes out of them is counted, and goes on to the seller.

    The same request again, by its key, counts once.
    """
    try:
        yield
    except RefusedError as refusal:
        note_refusal(demand, refusal, repeat)
        raise


def note_refusal(demand: Demand, refusal: RefusedError, repeat: Repeat | None = None) -> None:
    limit = limit_of(refusal)
    if limit is None or (repeat is not None and not tally().is_new((repeat.scope, repeat.key))):
        return
    _add(demand, limit, line_at_fault(refusal))


def note_conflict(demand: Demand, code: str, numbers: Mapping[str, object]) -> None:
    """Of a late sale for which there is no stock. Once its sync is certain."""
    limit = limit_of_conflict(code, numbers)
    if limit is not None:
        _add(demand, limit, 0)


def _add(demand: Demand, limit: Limit, at_fault: int) -> None:
    lines = [(item_id, tickets) for item_id, tickets in demand.lines if tickets > 0]
    if not lines:
        return
    quarter = quarter_of(timezone.now())
    place = at_fault if at_fault < len(lines) else 0
    tally().add(
        (
            Count(quarter, demand.event_id, item_id, demand.channel_id, limit),
            int(index == place),
            tickets,
        )
        for index, (item_id, tickets) in enumerate(lines)
    )


def quarter_of(at: datetime) -> int:
    return int(at.timestamp()) // QUARTER_SECONDS * QUARTER_SECONDS


def start() -> None:
    """Let this process write what it counts, every few seconds. In each process that sells for long."""
    tally().start()


def stop() -> None:
    """Write the last of it."""
    tally().stop()
