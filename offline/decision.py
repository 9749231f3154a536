"""Which reported sales and returns can be had: asked of the ledger, with everything they rest on locked."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from allocations import ledger
from allocations.errors import SetupChangedError, StockRefusedError
from allocations.setup import EventSetup
from common.actor import Actor
from offline.enums import Outcome
from offline.judging import SalePlan
from offline.reports import ReturnReport, Verdict
from offline.returns import ReturnPlan, plan_return
from sales.models import Block, BlockLine, Booking, BookingLine

logger = logging.getLogger(__name__)

# What a refused sale leaves of a lease, or a return of the stock, may do for a sale that was refused: those are
# tried again in the same transaction, at most so often in all.
MAX_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of before or of now: its booking, its lines and the set-up of its event."""

    booking: Booking
    lines: Sequence[BookingLine]
    setup: EventSetup


@dataclass(slots=True)
class Lease:
    """A lease under its lock, and of each item how many tickets it still has to give."""

    block: Block
    lines: Sequence[BlockLine]
    left: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.left = {line.item_id: line.left for line in self.lines}

    @property
    def used(self) -> dict[int, int]:
        """Of each item, how many tickets are sold from it now."""
        return {line.item_id: line.left - self.left[line.item_id] for line in self.lines}


@dataclass(slots=True)
class Decision:
    """``sold`` has, by the sale's client id, what was booked before and is locked, and then what is booked now.

    After ``make``: ``accepted`` and ``returned`` are to be written; ``refused`` are conflicts; ``waiting`` are
    returns of sales that were not booked.
    """

    plans: list[SalePlan]
    waiting: list[tuple[Verdict, ReturnReport]]
    sold: dict[str, Sold]
    by: Actor
    now: datetime
    lease: Lease | None
    accepted: list[SalePlan] = field(default_factory=list)
    refused: list[SalePlan] = field(default_factory=list)
    returned: list[ReturnPlan] = field(default_factory=list)

    def make(self) -> None:
        """Raises ``SetupChangedError`` when what it was planned on has changed."""
        left = self.lease.left if self.lease is not None else {}
        self.refused = self.plans
        quiet = False
        for number in range(MAX_ROUNDS):
            # By turns: a lease and stock together, and sales that the lease covers whole. Else a large sale
            # that is refused would keep the rest of the lease from the small ones behind it.
            sold, returned = self._sell(left, whole=number % 2 == 1), self._take_back()
            was_quiet, quiet = quiet, not (sold or returned)
            is_all_used = not returned and not any(left.values())
            if not self.refused or is_all_used or (quiet and was_quiet):
                break

    def _sell(self, left: dict[int, int], *, whole: bool) -> int:
        """Ask for the sales that are refused so far; how many are accepted."""
        plans, self.refused = self.refused, []
        for plan in plans:
            plan.take_from(left, whole=whole)
        for plan, refusal in zip(plans, self._post(plans), strict=True):
            if refusal is None:
                plan.accept()
                self.accepted.append(plan)
                self.sold[plan.verdict.report.client_id] = Sold(
                    plan.booking, plan.lines, plan.setup
                )
            else:
                plan.refuse(refusal)
                plan.give_back_to(left)
                self.refused.append(plan)
        return len(plans) - len(self.refused)

    def _take_back(self) -> int:
        """Ask for the returns of what was sold; how many are done."""
        waiting, self.waiting = self.waiting, []
        plans = []
        for verdict, report in waiting:
            sold = self.sold.get(report.sale_client_id)
            if sold is None:
                self.waiting.append((verdict, report))
            elif plan := plan_return(
                verdict, report, sold.booking, sold.lines, sold.setup, self.now
            ):
                plans.append(plan)
        done = 0
        for plan, refusal in zip(plans, self._post(plans), strict=True):
            if refusal is None:
                self.returned.append(plan)
                done += 1
            else:
                # More is given back than is sold: a booking and its stock have come apart.
                logger.error("Return %s: %s", plan.verdict.report.client_id, refusal)
                plan.undo()
                plan.verdict.refuse(Outcome.UNREADABLE, refusal.code, refusal.detail)
        return done

    def _post(
        self, plans: Sequence[SalePlan] | Sequence[ReturnPlan]
    ) -> list[StockRefusedError | None]:
        if not plans:
            return []
        verdicts = ledger.post([plan.group for plan in plans], by=self.by).verdicts
        refusals = []
        for verdict in verdicts:
            if isinstance(verdict, SetupChangedError):
                raise verdict
            refusals.append(verdict)
        return refusals
