"""A plan worked out on rows that are not there yet: of a pool, or for channels, in the making."""

from collections.abc import Sequence
from datetime import datetime

from allocations.enums import StockKind
from allocations.models import Stock
from allocations.plans.outcome import Outcome, outcome_of
from allocations.plans.spec import PlanSpec
from events.models import Event


def outcome_on(
    spec: PlanSpec, event: Event, capacity: int, rows: Sequence[Stock], now: datetime
) -> Outcome:
    """As ``outcome_of``, with empty rows for parts that have none; asks no database."""
    all_rows = [*rows, *missing(spec, rows)]
    for number, row in enumerate(all_rows, 1):
        row.pk = row.pk or -number  # as no saved row has: rows are told apart by it
    return outcome_of(spec, event, capacity, all_rows, now)


def missing(spec: PlanSpec, rows: Sequence[Stock]) -> list[Stock]:
    """The rows that a plan needs and a pool with these rows has not: empty, and of no pool yet."""
    channels = {row.channel_id for row in rows}
    names = {row.name for row in rows if row.kind == StockKind.OPEN}
    opens = ["", *(group.name for group in spec.groups)]
    return [
        *(
            Stock(kind=StockKind.CHANNEL, channel_id=line.channel_id)
            for line in spec.lines
            if line.channel_id not in channels
        ),
        *(Stock(kind=StockKind.OPEN, name=name) for name in opens if name not in names),
    ]
