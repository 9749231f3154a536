"""What a person needs to decide a transfer: both sides as they are now, and how they have sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from allocations.enums import StockKind
from allocations.models import Stock
from backoffice.kit.rows import name_of
from backoffice.transfers.picture import DAYS, Picture, draw
from sales.selectors import units_sold_by_day
from transfers import words
from transfers.models import Transfer
from transfers.policy import policies_of

SOURCE, TARGET = "source", "target"
LONG = 100  # hours, from which days are told


def share(value: Decimal | float | None) -> str:
    """A sell-through; open stock sells nothing itself."""
    return "–" if value is None else f"{value:.1f} %"


@dataclass(frozen=True, slots=True)
class SideNow:
    """``sold`` is what it sold day by day, the last 24 hours last; open stock has none."""

    side: str
    row: Stock
    sold: Sequence[int] | None

    @property
    def name(self) -> str:
        return name_of(self.row)

    @property
    def sell_through(self) -> str:
        return share(self.row.sell_through)

    @property
    def in_a_day(self) -> str:
        return "–" if self.sold is None else f"{self.sold[-1]:,}"

    @property
    def told(self) -> str:
        """For who does not see the picture."""
        if self.sold is None:
            return self.name
        return _("%(name)s sold %(units)d units in %(days)d days, %(share)s of its part") % {
            "name": self.name,
            "units": sum(self.sold),
            "days": DAYS,
            "share": self.sell_through,
        }


@dataclass(frozen=True, slots=True)
class Look:
    sides: tuple[SideNow, SideNow]
    starts: str
    why: Sequence[str]

    @property
    def picture(self) -> Picture:
        return draw(
            *(
                (
                    side.side,
                    side.sold,
                    None if side.row.sell_through is None else float(side.row.sell_through),
                )
                for side in self.sides
            )
        )

    @property
    def told(self) -> str:
        return "; ".join(side.told for side in self.sides)


def look(transfers: Sequence[Transfer], now: datetime) -> dict[int, Look]:
    """Transfer → what is seen of it, in as many statements however many there are.

    Expects them with their events and rows.
    """
    sold = (
        units_sold_by_day({transfer.pool_id for transfer in transfers}, now, DAYS)
        if transfers
        else {}
    )
    policies = policies_of({transfer.event for transfer in transfers})
    return {
        transfer.pk: Look(
            (_side(SOURCE, transfer.source, sold), _side(TARGET, transfer.target, sold)),
            until_start(transfer.event.starts_at, now),
            words.needs(
                transfer.needs, policies[transfer.event_id], transfer.source, transfer.target
            ),
        )
        for transfer in transfers
    }


def _side(side: str, row: Stock, sold: dict[tuple[int, int], list[int]]) -> SideNow:
    if row.kind != StockKind.CHANNEL:
        return SideNow(side, row, None)
    return SideNow(side, row, sold.get((row.pool_id or 0, row.channel_id or 0), [0] * DAYS))


def until_start(starts_at: datetime, now: datetime | None = None) -> str:
    """Hours count here: they decide whether an approval is needed."""
    hours = (starts_at - (now or timezone.now())).total_seconds() / 3600
    if hours <= 0:
        return _("It has started")
    if hours < LONG:
        return _("Starts in %.1f h") % hours
    return _("Starts in %d days") % (hours // 24)
