"""Stock, movements and bookings as tables: written out, never read back, without any contact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from allocations.models import Movement, Stock
from common.sheets import Cell
from exchange.cell_types import Moment
from sales.models import BookingLine

_MOMENT = Moment()


@dataclass(frozen=True, slots=True)
class Report:
    """``columns``: name and the way from the row to its value."""

    name: str
    title: str
    model: type[Model]
    event_path: str
    related: tuple[str, ...]
    order: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    # What the rows hold beside what is shown; never read from the database.
    left_out: tuple[str, ...] = ()

    @property
    def venue_path(self) -> str:
        return f"{self.event_path}__venue"

    def queryset(self) -> QuerySet[Any]:
        rows = self.model._default_manager.select_related(f"{self.event_path}__venue")
        return rows.select_related(*self.related).defer(*self.left_out).order_by(*self.order)

    def rows(self, row: Any) -> Iterator[Sequence[Cell]]:
        zone: ZoneInfo = attrgetter(f"{self.event_path.replace('__', '.')}.venue.zone")(row)
        yield [_shown(row, path, zone) for _name, path in self.columns]


def _shown(row: Any, path: str, zone: ZoneInfo) -> Any:
    value = row
    for step in path.split("."):
        value = getattr(value, step, None)
        if value is None:
            return None
    if isinstance(value, datetime):
        return _MOMENT.show(value, zone)
    return value if isinstance(value, int) or path in NUMBERS else str(value)


NUMBERS = frozenset({"unit_price", "total"})


def _event(path: str) -> tuple[tuple[str, str], ...]:
    return (
        ("venue", f"{path}.venue.slug"),
        ("event", f"{path}.name"),
        ("starts_at", f"{path}.starts_at"),
    )


_OWNERS = (
    ("pool", "pool.name"),
    ("channel", "channel.code"),
    ("item", "item.name"),
    ("listing_item", "listing.item.name"),
    ("listing_channel", "listing.channel.code"),
    ("name", "name"),
)
_OF_STOCK = ("pool", "channel", "item", "listing__item", "listing__channel")

REPORTS = (
    Report(
        "stock",
        "Stock",
        Stock,
        "event",
        _OF_STOCK,
        ("event__starts_at", "event", "pk"),
        (
            *_event("event"),
            ("kind", "kind"),
            *_OWNERS,
            *((name, name) for name in ("quantity", "held", "sold", "free", "drawn", "version")),
        ),
    ),
    Report(
        "movements",
        "Movements",
        Movement,
        "stock__event",
        tuple(f"stock__{path}" for path in _OF_STOCK),
        ("pk",),
        (
            ("movement", "pk"),
            ("at", "at"),
            *_event("stock.event"),
            ("stock", "stock_id"),
            ("stock_kind", "stock.kind"),
            *((name, f"stock.{path}") for name, path in _OWNERS),
            *(
                (name, name)
                for name in (
                    "version",
                    "kind",
                    "delta_quantity",
                    "delta_held",
                    "delta_sold",
                    "delta_drawn",
                    "quantity",
                    "held",
                    "sold",
                    "drawn",
                    "document_kind",
                    "document_id",
                    "user_id",
                    "api_key_id",
                    "reason",
                )
            ),
        ),
    ),
    Report(
        "bookings",
        "Bookings",
        BookingLine,
        "booking__event",
        ("booking__channel", "item"),
        ("booking_id", "number"),
        (
            ("booking", "booking.uuid"),
            *_event("booking.event"),
            ("channel", "booking.channel.code"),
            ("status", "booking.status"),
            ("reference", "booking.reference"),
            ("created_at", "booking.created_at"),
            ("confirmed_at", "booking.confirmed_at"),
            ("ended_at", "booking.ended_at"),
            ("due_on", "booking.due_on"),
            ("paid_at", "booking.paid_at"),
            ("line", "number"),
            ("item", "item.name"),
            ("quantity", "quantity"),
            ("refunded", "refunded"),
            ("unit_price", "unit_price"),
            ("total", "total"),
            ("currency", "booking.currency"),
        ),
        left_out=("booking__contact",),
    ),
)
