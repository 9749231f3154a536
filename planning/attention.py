"""Which events need attention, and why: a judgement on a few numbers of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.enums import EventStatus
from events.models import Event

# The page says them, so that nobody has to guess what "behind" means. When a pool is nearly sold out, the
# low-stock rules say (alerts.selectors.pool_thresholds); no kind of alert looks at these two.
SELLS_OUT_WITHIN = timedelta(days=2)  # at the pace of the last day
BEHIND_BELOW = 0.3  # of a pool's capacity is taken
BEHIND_WITHIN = timedelta(days=7)  # of the start


def thresholds() -> str:
    """The order of attention in a sentence, with its numbers."""
    return _(
        "First events that are stopped or paused, then pools that sell out within %(soon)d days at the pace of"
        " the last 24 hours, then pools with less left than a low-stock alert rule allows, then pools less"
        " than %(behind)d %% taken whose event starts within %(within)d days."
    ) % {
        "soon": SELLS_OUT_WITHIN.days,
        "behind": 100 * BEHIND_BELOW,
        "within": BEHIND_WITHIN.days,
    }


class Need(IntEnum):
    """In the order in which somebody should look."""

    STOPPED = 0
    SELLS_OUT = 1
    NEARLY_GONE = 2
    BEHIND = 3
    SOLD_OUT = 4
    NONE = 5


@dataclass(frozen=True, slots=True)
class PoolNow:
    """A pool's numbers; ``pace`` in units an hour. ``is_low``: a low-stock rule finds too little left."""

    name: str
    capacity: int  # of it what is on sale
    sold: int
    held: int
    pace: float
    is_low: bool = False

    @property
    def left(self) -> int:
        return self.capacity - self.sold - self.held

    @property
    def taken(self) -> float:
        """The part of the capacity that is sold or on hold; an empty pool is all taken."""
        return 1 - self.left / self.capacity if self.capacity else 1.0

    @property
    def lasts(self) -> timedelta | None:
        """How long what is left lasts at the present pace."""
        # Beyond a year the pace of one day says nothing, and a date may overflow.
        if not self.pace or not self.left or self.left / self.pace > 365 * 24:
            return None
        return timedelta(hours=self.left / self.pace)


@dataclass(frozen=True, slots=True)
class Attention:
    event: Event
    need: Need
    reason: str
    weight: float  # among events of one need: the smaller, the more urgent
    pools: Sequence[PoolNow]


def urgency(attention: Attention) -> tuple[int, float, datetime, int]:
    return (attention.need, attention.weight, attention.event.starts_at, attention.event.pk)


def judge(event: Event, pools: Sequence[PoolNow], now: datetime) -> Attention:
    """The most urgent thing about an event. Expects it with its venue."""
    starts_in = event.starts_at - now
    if event.stop_reason:
        reason = _("Stopped: %s") % event.stop_reason
        return Attention(event, Need.STOPPED, reason, _hours(starts_in), pools)
    if event.status == EventStatus.PAUSED:
        return Attention(event, Need.STOPPED, _("Sales are paused"), _hours(starts_in), pools)
    judgments = [_judge_pool(pool, starts_in, event.sales_close - now) for pool in pools]
    need, weight, reason = min(judgments, default=(Need.NONE, 0.0, ""))
    if need == Need.NONE:
        reason = _("On track") if pools else _("Has no pool yet")
    return Attention(event, need, reason, weight, pools)


def _judge_pool(
    pool: PoolNow, starts_in: timedelta, sells_for: timedelta
) -> tuple[Need, float, str]:
    if not pool.capacity:
        return Need.NONE, 0.0, ""
    if not pool.left:
        return Need.SOLD_OUT, 0.0, _("%s is sold out") % pool.name
    lasts = pool.lasts
    if lasts is not None and lasts < min(SELLS_OUT_WITHIN, sells_for):
        hours = max(round(_hours(lasts)), 1)
        text = ngettext(
            "%(pool)s sells out in about %(hours)d hour, %(left)d left",
            "%(pool)s sells out in about %(hours)d hours, %(left)d left",
            hours,
        )
        values = {"pool": pool.name, "hours": hours, "left": pool.left}
        return Need.SELLS_OUT, _hours(lasts), text % values
    if pool.is_low:
        text = _("%(pool)s is nearly sold out, %(left)d left")
        return Need.NEARLY_GONE, 1 - pool.taken, text % {"pool": pool.name, "left": pool.left}
    if pool.taken < BEHIND_BELOW and timedelta() < starts_in <= BEHIND_WITHIN:
        text = _("%(pool)s is behind: %(percent)d %% taken")
        values = {"pool": pool.name, "percent": round(100 * pool.taken)}
        return Need.BEHIND, _hours(starts_in), text % values
    return Need.NONE, 0.0, ""


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)
