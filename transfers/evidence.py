"""What was so when a transfer was asked for, and when it was carried out: plain numbers, kept with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from allocations.models import Stock, UnreportedSales
from common.clock import utc
from events.models import Event

A_DAY = timedelta(hours=24)
# To be selected with the rows of which evidence is written.
UNREPORTED = "unreported"


@dataclass(frozen=True, slots=True)
class Side:
    """A stock row before units move, and its quantity after. ``sold_in_a_day``: in the last 24 h."""

    row: Stock
    after: int
    sold_in_a_day: int = 0

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
            **_unreported(row),
        }


def _unreported(row: Stock) -> dict[str, Any]:
    """What its channel may have sold and not reported yet, where it reports late."""
    is_read = Stock.unreported.is_cached(row)
    estimate: UnreportedSales | None = getattr(row, UNREPORTED, None) if is_read else None
    if estimate is None:
        return {}
    return {
        UNREPORTED: {
            "about": estimate.about,
            "low": estimate.low,
            "high": estimate.high,
            "utc_reported_at": utc(estimate.reported_at),
        }
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
    sold: Mapping[tuple[int, int], int],
    **more: object,
) -> dict[str, Any]:
    """The evidence of ``units`` that go from the first row to the second. ``sold``: (pool, channel)
    → units sold in the last 24 hours.
    """
    source, target = (
        Side(row, row.quantity + sign * units, sold.get((row.pool_id or 0, row.channel_id or 0), 0))
        for row, sign in zip(rows, (-1, 1), strict=True)
    )
    return evidence(event, source, target, now, **more)
