"""What was so when a transfer was asked for, and when it was carried out: plain numbers, kept with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from allocations.models import Stock
from allocations.unreported import Unreported, unreported_of
from common.clock import utc
from events.models import Event
from sales.selectors import units_sold_by_channel

_A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Beside:
    """What evidence tells of stock rows that stands in none of them.

    ``sold``: (pool, channel) → units sold in the last 24 hours. ``unreported``: stock row → what its channel, if it
    reports late, may have sold and not reported yet.
    """

    sold: Mapping[tuple[int, int], int]
    unreported: Mapping[int, Unreported]

    @classmethod
    def read(cls, pool_ids: Iterable[int], stock_ids: Iterable[int], now: datetime) -> Self:
        """Two statements."""
        return cls(units_sold_by_channel(set(pool_ids), now - _A_DAY), unreported_of(stock_ids))

    @classmethod
    def of(cls, rows: Iterable[Stock], now: datetime) -> Self:
        by_id = {row.pk: row.pool_id or 0 for row in rows}
        return cls.read(by_id.values(), by_id, now)


@dataclass(frozen=True, slots=True)
class Side:
    """A stock row before units move, and its quantity after. ``sold_in_a_day``: in the last 24 h."""

    row: Stock
    after: int
    sold_in_a_day: int = 0
    unreported: Unreported | None = None

    def to_json(self) -> dict[str, Any]:
        row = self.row
        return {
            "quantity": row.quantity,
            "quantity_after": self.after,
            "held": row.held,
            "sold": row.sold,
            "drawn": row.drawn,
            "free": row.free,
            "sell_through": percent(row.sell_through),
            "sold_in_a_day": self.sold_in_a_day,
            **({"unreported": self.unreported.to_json()} if self.unreported else {}),
        }


def percent(value: Decimal | None) -> float | None:
    """To one decimal place, as it is shown."""
    return None if value is None else float(round(value, 1))


def evidence(
    event: Event, source: Side, target: Side, now: datetime, **more: object
) -> dict[str, Any]:
    """``more``: of a rule its name, version and limits; of a forecast its numbers."""
    hours = (event.starts_at - now).total_seconds() / 3600
    return {
        "utc_at": utc(now),
        "hours_to_start": round(hours, 1),
        "source": source.to_json(),
        "target": target.to_json(),
        **more,
    }


def moved(
    event: Event,
    rows: tuple[Stock, Stock],
    units: int,
    now: datetime,
    beside: Beside,
    **more: object,
) -> dict[str, Any]:
    """The evidence of ``units`` that go from the first row to the second."""
    source, target = (
        Side(
            row,
            row.quantity + sign * units,
            beside.sold.get((row.pool_id or 0, row.channel_id or 0), 0),
            beside.unreported.get(row.pk),
        )
        for row, sign in zip(rows, (-1, 1), strict=True)
    )
    return evidence(event, source, target, now, **more)
