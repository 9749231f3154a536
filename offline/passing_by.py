"""Stock that somebody keeps locked: what was sold of it is left for a later call, and all else is decided now.

It is found after a call has waited for it in vain. Each row is asked for by itself and let go at once: who holds a row
of stock waits for nothing (docs/ledger.md).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import OperationalError, transaction

from allocations.models import Stock
from allocations.setup import EventSetup
from common.patience import is_taken, wait_briefly
from idempotency.answers import Answer, Repeat, release, store
from idempotency.errors import BusyError
from idempotency.retry import Helps, attempt
from offline.decision import Sold
from offline.early_returns import EarlyReturn
from offline.enums import ReportKind
from offline.judging import SalePlan
from offline.models import Report
from offline.reports import ReturnReport, Verdict
from sales import booking_sql
from sales.models import BookingLine

# So many rows are waited for; what is locked beyond them counts as stuck.
MOST_ASKED = 20
# So often another row may turn out to be stuck while the rest is done.
MOST_TRIES = 3
NOTHING_FREE = "Somebody keeps the stock of all that was reported. Try again."

Readable = list[tuple[Verdict, ReturnReport]]


@dataclass(slots=True)
class Passing:
    """Of one sync of a channel: which rows it needs, which of them are stuck, and what is left because of that."""

    channel_id: int
    stuck: set[int] = field(default_factory=set)
    has_left: bool = False
    _needed: set[int] = field(default_factory=set)

    def attempt(self, work: Callable[[], Answer], after_refusal: Helps) -> Answer:
        """As ``idempotency.retry.attempt``; what it has waited for in vain is passed by from then on.

        Raises ``BusyError`` where it is no row of stock that is kept, or all that was reported is of such rows.
        """
        for _ in range(MOST_TRIES):
            try:
                return attempt(work, after_refusal=after_refusal)
            except BusyError:
                kept = stuck_rows(self._needed - self.stuck)
                if not kept:
                    raise
                self.stuck |= kept
        raise BusyError(NOTHING_FREE)

    def leave_sales(self, plans: Sequence[SalePlan]) -> list[SalePlan]:
        """Leave those whose stock is stuck; the others."""
        others = []
        for plan in plans:
            if self._is_stuck(plan.setup, plan.tickets):
                plan.verdict.leave()
            else:
                others.append(plan)
        return others

    def leave_returns(self, fresh: Sequence[Verdict], readable: Readable) -> Readable:
        """Leave those of sales whose stock is stuck, of before or of this call; the others."""
        if not self.stuck:
            return readable
        of_sales = {verdict.key[1] for verdict in fresh if verdict.is_left}
        of_sales |= self._sold_before(report.sale_client_id for _verdict, report in readable)
        others = []
        for verdict, report in readable:
            if report.sale_client_id in of_sales:
                verdict.leave()
            else:
                others.append((verdict, report))
        return others

    def without_early(self, early: list[EarlyReturn]) -> list[EarlyReturn]:
        """Without those of sales whose stock is stuck: the channel's next sync finds them again."""
        if not self.stuck:
            return early
        of_sales = self._sold_before(entry.report.sale_client_id for entry in early)
        return [entry for entry in early if entry.report.sale_client_id not in of_sales]

    def others(self, fresh: Sequence[Verdict]) -> list[Verdict]:
        """Those that were not left. Raises ``BusyError`` where there are none."""
        others = [verdict for verdict in fresh if not verdict.is_left]
        self.has_left = len(others) < len(fresh)
        if self.has_left and not others:
            raise BusyError(NOTHING_FREE)
        return others

    def remember(self, repeat: Repeat | None, answer: Answer) -> None:
        """Keep the answer, but not where something was left: the same call again is to do that."""
        if self.has_left:
            release(repeat)
        else:
            store(repeat, answer)

    def note(self, sold: Iterable[Sold]) -> None:
        """Of these something is to be given back."""
        for sale in sold:
            self._is_stuck(sale.setup, (line.item_id for line in sale.lines))

    def _is_stuck(self, setup: EventSetup, item_ids: Iterable[int]) -> bool:
        rows: set[int] = set()
        for item_id in item_ids:
            rows.update(setup.listing_rows(item_id, self.channel_id) or ())
        self._needed |= rows
        return not self.stuck.isdisjoint(rows)

    def _sold_before(self, client_ids: Iterable[str]) -> set[str]:
        """Of these sales of before those whose stock is stuck. Read before they are locked: what changes meanwhile waits."""
        sold = Report.objects.filter(
            channel=self.channel_id,
            kind=ReportKind.SALE,
            booking__isnull=False,
            client_id__in=list(client_ids),
        )
        bookings = dict(sold.values_list("booking", "client_id"))
        items: dict[tuple[str, int], set[int]] = {}
        lines = BookingLine.objects.filter(booking__in=bookings)
        for booking_id, event_id, item_id in lines.values_list("booking", "booking__event", "item"):
            items.setdefault((bookings[booking_id], event_id), set()).add(item_id)
        setups = {event_id: booking_sql.look(event_id).setup for _client_id, event_id in items}
        return {
            client_id
            for (client_id, event_id), item_ids in items.items()
            if self._is_stuck(setups[event_id], item_ids)
        }


def stuck_rows(stock_ids: Iterable[int]) -> set[int]:
    """Of these rows those that somebody keeps, and those that draw on one that somebody keeps."""
    drawn_on = dict(Stock.objects.filter(pk__in=list(stock_ids)).values_list("pk", "draws_on"))
    needed = {*drawn_on, *(row for row in drawn_on.values() if row is not None)}
    with transaction.atomic(durable=True):
        free = Stock.objects.select_for_update(skip_locked=True).filter(pk__in=needed)
        taken = sorted(needed.difference(free.values_list("pk", flat=True)))
    stuck = {pk for place, pk in enumerate(taken) if place >= MOST_ASKED or not _comes_free(pk)}
    return {row for row, open_row in drawn_on.items() if row in stuck or open_row in stuck}


def _comes_free(stock_id: int) -> bool:
    try:
        with transaction.atomic(durable=True):
            wait_briefly()
            Stock.objects.select_for_update().get(pk=stock_id)
    except OperationalError as error:
        if not is_taken(error):
            raise
        return False
    return True
