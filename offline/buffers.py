"""Safety buffers: what a channel that reports late may sell of shared stock before its next sync, and what is set
aside for that. ``offline.buffer_reading`` reads it of an event, ``offline.buffer_moves`` moves what is missing or too much.

What is set aside is what the channel's own row has unsold, whatever it came from, and what its terminals have leased. Of
what came as buffer (``lent``) the surplus goes back to the shared stock, and nothing else does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from allocations.models import Stock
from transfers.selectors import Bounds

# So much more than it needs, of that and in units, is clearly more …
AMPLE = 0.5
AMPLE_UNITS = 5
# … and goes back when it has been so for so long: day and night, or a slow hour, move nothing.
SETTLES = timedelta(hours=24)
# In the last days for this part of what is left of the sale.
SETTLES_PART = 0.25


class State(StrEnum):
    """Why a row has no buffer, or why it has less than it needs."""

    OFF = "OFF"  # its channel has none, or asks at each sale
    OWN = "OWN"  # it draws on nothing: all it can sell is its own
    UNKNOWN = "UNKNOWN"  # too few reports so far
    OVER = "OVER"  # it sells nothing any more, and has reported since
    ENOUGH = "ENOUGH"
    WAITING = "WAITING"  # units wait for an approval
    REFUSED = "REFUSED"  # somebody has rejected units, or nobody has decided
    IDLE = "IDLE"  # it cannot sell now, and has not reported since
    CEILING = "CEILING"
    USED_UP = "USED_UP"  # there is no shared stock any more
    CAPPED = "CAPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Units that wait for a decision, to a row and from it. ``own``: of them a request of the buffer's own.

    ``refused``: the last such request was rejected, withdrawn or lapsed a short while ago.
    """

    coming: int = 0
    going: int = 0
    own: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """Of a channel's row in a pool. ``needed``: in all; nothing while nobody can say. ``hours``: for which."""

    row: Stock
    shared: Stock | None
    without: State | None
    needed: int | None
    hours: float
    reported_at: datetime | None
    leased: int
    lent: int
    percent: int
    one_in: int
    pending: Pending
    bounds: Bounds
    ample_since: datetime | None
    idle_since: datetime | None

    @property
    def set_aside(self) -> int:
        return self.row.free + self.leased

    @property
    def allowed(self) -> int:
        """So much of the shared stock may be set aside, what is so already counted in."""
        return (self._shared + self.lent) * self.percent // 100

    @property
    def missing(self) -> int:
        return max((self.needed or 0) - self.set_aside, 0)

    @property
    def state(self) -> State:
        """Why it has none, or less than it needs; the first that is so."""
        if self.without is not None:
            return self.without
        room, allowed = self._room, self.allowed - self.lent
        reasons = (
            (State.ENOUGH, not self.missing),
            (State.WAITING, self.pending.own or self.pending.coming >= self.missing),
            (State.REFUSED, self.pending.refused),
            (State.IDLE, self.idle_since is not None),
            (State.CEILING, room is not None and room <= min(allowed, self._shared)),
            (State.USED_UP, self._shared <= max(allowed, 0)),
        )
        return next((state for state, holds in reasons if holds), State.CAPPED)

    @property
    def top_up(self) -> int:
        """Units that are to come now."""
        if self.pending.own or self.pending.refused or self.idle_since is not None:
            return 0
        units = min(self.missing - self.pending.coming, self.allowed - self.lent, self._shared)
        return max(units if self._room is None else min(units, self._room), 0)

    @property
    def is_ample(self) -> bool:
        """Whether it has clearly more than it needs, and some of it is buffer."""
        if self.needed is None or not self.lent:
            return False
        return self._surplus > max(AMPLE * self.needed, AMPLE_UNITS)

    def give_back(self, now: datetime, until: datetime) -> int:
        """Units that are to go back now. ``until``: when the sales of the event end."""
        if self.pending.own or self.pending.refused or self.bounds.is_protected:
            return 0
        if self.shared is None or self.needed is None:
            return 0
        if self.without is None:
            settles = min(SETTLES, SETTLES_PART * max(until - now, timedelta()))
            if not self.is_ample or self.ample_since is None or now - self.ample_since < settles:
                return 0
        return max(min(self.lent, self._surplus), 0)

    @property
    def numbers(self) -> dict[str, object]:
        """What a transfer keeps of it."""
        return {
            "needed": self.needed,
            "hours": round(self.hours, 1),
            "one_in": self.one_in,
            "set_aside": self.set_aside,
            "leased": self.leased,
            "at_most_percent": self.percent,
        }

    @property
    def _surplus(self) -> int:
        return self.set_aside - self.pending.going - (self.needed or 0)

    @property
    def _shared(self) -> int:
        return self.shared.quantity if self.shared is not None else 0

    @property
    def _room(self) -> int | None:
        return None if self.row.ceiling is None else self.row.ceiling - self.row.quantity
