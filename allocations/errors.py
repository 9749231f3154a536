"""Why stock could not be changed, each with the numbers that explain it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from common.errors import RefusedError
from idempotency.errors import TryAgainError

if TYPE_CHECKING:
    from allocations.enums import ChannelPlace
    from allocations.plans.outcome import Problem
    from allocations.price_grid import CellProblem


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """One stock row that said no: ``units`` were asked for, against the ``room`` that it had.

    ``why``: STOCK, its own free units end; OPEN, the open row that it draws on ends too;
    CEILING, its plan lets it grow no further; USED, less is held or sold than was to be given
    back, which no lawful booking asks.
    """

    stock_id: int
    why: Literal["STOCK", "OPEN", "CEILING", "USED"]
    units: int
    room: int


class StockRefusedError(RefusedError):
    """The ledger refused a group of entries; nothing of it was applied."""

    code = "NOT_ENOUGH_STOCK"
    title = "Not enough stock"

    def __init__(self, rows: tuple[RowRefusal, ...]) -> None:
        tightest = min(rows, key=lambda row: row.room - row.units)
        super().__init__(
            f"{tightest.units} units were asked for, {max(tightest.room, 0)} are free.",
            asked=tightest.units,
            free=max(tightest.room, 0),
        )
        self.rows = rows
        self.tightest = tightest


class SetupChangedError(TryAgainError):
    """The event's set-up changed while the change was being planned: plan it again."""


class CapacityError(RefusedError):
    """A capacity can shrink only by what is free in the general open row."""

    code = "CAPACITY_IN_USE"
    title = "The capacity is in use"


class KillError(RefusedError):
    """Only what is free is taken out of sale, and only what was taken out is put back."""

    code = "NOT_FREE"
    title = "Not so many units are free"


class SamePoolError(RefusedError):
    """Quantity moves between stock rows of one pool only."""

    code = "VALIDATION"
    title = "The rows do not fit"
    status = 400


class SetUpOverError(RefusedError):
    """Units move freely only while their event is set up; later by transfers."""

    code = "SET_UP_OVER"
    title = "The event is on sale"


class LimitError(RefusedError):
    """A limit cannot be set below what is already held and sold under it."""

    code = "LIMIT_BELOW_USE"
    title = "The limit is below what is held and sold"


class PlanRefusedError(RefusedError):
    """A plan that cannot be applied; ``problems`` says all that stands in the way."""

    code = "PLAN_IMPOSSIBLE"
    title = "The plan cannot be applied"

    def __init__(self, problems: "Sequence[Problem]") -> None:
        first = problems[0]
        super().__init__(
            " ".join(problem.message for problem in problems),
            field=first.field or None,
            **first.numbers,
        )
        self.problems = tuple(problems)


class PlanConflictError(RefusedError):
    """Somebody else has changed the draft meanwhile."""

    code = "PLAN_CHANGED"
    title = "The draft has changed"


class PricesRefusedError(RefusedError):
    """A table of prices that cannot be so; ``problems`` says of which cells, and why."""

    code = "PRICES_REFUSED"
    title = "The prices cannot be so"

    def __init__(self, problems: "Sequence[CellProblem]") -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class ChannelsRefusedError(RefusedError):
    """Channels that cannot be made; ``problems`` says for which place, and why."""

    code = "CHANNELS_REFUSED"
    title = "The channels cannot be made"

    def __init__(self, problems: "Mapping[ChannelPlace, str]") -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class NeedsApprovalError(RefusedError):
    """It would take units, or their use, from a channel, and another person has to approve that first.

    ``takes`` says what it takes, ``needs`` why that needs an approval, in the names of
    ``transfers.enums.Need``.
    """

    code = "NEEDS_APPROVAL"
    title = "Somebody else has to approve it"

    def __init__(self, takes: str, needs: tuple[str, ...]) -> None:
        super().__init__(f"{takes}: another person has to approve that first.")
        self.takes = takes
        self.needs = needs


class ProtectedError(RefusedError):
    """Nobody takes units, or their use, from a protected channel but its own partner."""

    code = "PROTECTED"
    title = "The channel is protected"
