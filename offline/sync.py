"""Sales and returns that a channel reports late: decided in one pass, in the order in which they came.

Each is ACCEPTED, a DUPLICATE of one with the same client id, a CONFLICT (it was sold, and there is no stock),
or UNREADABLE. The last two are work items (``offline.conflicts``); nothing is dropped.

The ids are claimed first: the same call at the same moment waits for this one, and then finds them all
known. Bookings are inserted after the ledger has said which there are to be, with the stock locked for
those statements too (docs/adr/0018).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allocations.contacts import note_contact
from allocations.enums import ContactKind
from allocations.unreported import note_report
from common.actor import Actor
from common.clock import database_now
from common.errors import InvalidInputError, NotFoundError, RefusedError
from events.enums import EventStatus
from events.models import Item
from idempotency.answers import Answer, Repeat, claim
from offline import conflicts, early_returns, records, repeats
from offline.beside import NothingBeside, SyncBeside
from offline.decision import Decision, Lease, Sold
from offline.early_returns import EarlyReturn
from offline.enums import Outcome, ReportKind
from offline.judging import Judge, SalePlan
from offline.models import Conflict, Sync
from offline.passing_by import Passing
from offline.reports import MAX_REPORTS, ReturnReport, SaleReport, SyncJson, Verdict
from sales import blocks, booking_sql, expiry
from sales.enums import BlockKind
from sales.models import Block
from sales.sellers import require_seller
from sales.turned_away.services import Demand, note_conflict

NOTHING_BESIDE = NothingBeside()


class _HoldsInTheWayError(RefusedError):
    """Some sales have no stock, and holds of their events are past their time."""

    def __init__(self, event_ids: Iterable[int]) -> None:
        super().__init__("There is no stock for some of the sales.")
        self.event_ids = set(event_ids)


def sync(
    channel_id: int,
    sales: Sequence[SaleReport],
    returns: Sequence[ReturnReport] = (),
    *,
    by: Actor,
    lease: UUID | None = None,
    sales_file_id: int | None = None,
    repeat: Repeat | None = None,
    beside: SyncBeside = NOTHING_BESIDE,
) -> Answer:
    """Book what a channel reports; what became of each (``SyncJson``), sales before returns.

    Of a file it is said how many are ``left``: those whose stock somebody keeps (``offline.passing_by``). Their ids are
    free, and the same call again does them; so it is not answered from memory.

    ``lease``: the sales are taken from it first, and from the channel's stock when it has no more.
    ``sales_file_id``: of the file in which they were reported. ``beside`` writes with it (``offline.beside``).

    Raises ``InvalidInputError`` for more than ``MAX_REPORTS``, ``NotFoundError`` for a lease that the channel
    has not, ``NotYourChannelError``, ``BusyError`` where nothing can be done now, and the errors of
    ``idempotency.answers``. Then nothing has been done.
    """
    count = len(sales) + len(returns)
    if count > MAX_REPORTS:
        raise InvalidInputError(
            f"A sync has at most {MAX_REPORTS} sales and returns, not {count}.",
            field="sales",
            asked=count,
            maximum=MAX_REPORTS,
        )
    holds_were_ended = False
    fresh: list[Verdict] = []
    passing = Passing(channel_id)

    def end_holds(refusal: RefusedError) -> bool:
        nonlocal holds_were_ended
        if not isinstance(refusal, _HoldsInTheWayError):
            return False
        for event_id in refusal.event_ids:
            expiry.expire_due(event_id=event_id)
        holds_were_ended = True
        return True

    def work() -> Answer:
        claim(repeat)
        if sales_file_id is None:  # whoever books files need not sell through their channels
            require_seller(by, channel_id)
        now = database_now()
        verdicts = [
            *(Verdict(ReportKind.SALE, report) for report in sales),
            *(Verdict(ReportKind.RETURN, report) for report in returns),
        ]
        fresh[:] = records.mark_known(channel_id, verdicts)
        repeats.note_booked_by_hand(channel_id, fresh)
        block_id = _find_lease(channel_id, lease)
        plans = _plan_sales(channel_id, fresh, block_id, by, now)
        plans = passing.leave_sales(plans)
        readable = passing.leave_returns(fresh, _readable_returns(fresh))
        fresh[:] = passing.others(fresh)
        row = records.claim(channel_id, block_id, fresh, plans, by, sales_file_id)
        early = passing.without_early(early_returns.find(channel_id))
        own = _lock_returns(channel_id, readable, early)
        passing.note(own.sold.values())
        beside.lock()
        decision = Decision(plans, own.waiting, own.sold, by, now, _lock_lease(block_id))
        decision.make()
        if not holds_were_ended and (events := _overdue_events(decision.refused)):
            raise _HoldsInTheWayError(events)
        records.write_sales(decision.accepted)
        records.write_returns(decision.returned)
        if (used := decision.lease) is not None:
            blocks.sell_from(used.block, used.lines, used.used, now=now)
        failed_sales = [verdict for verdict in fresh if verdict.kind == ReportKind.SALE]
        in_conflict = own.in_conflict | conflicts.begin(channel_id, failed_sales, now)
        conflicts.take_back(in_conflict, decision.waiting, now)
        conflicts.begin(channel_id, (v for v in fresh if v.kind == ReportKind.RETURN), now)
        early_returns.complete(own.early, now)
        records.write_units(row, decision)
        records.complete(row, verdicts, [early.verdict for early in own.early])
        beside.note([verdict for verdict in verdicts if not verdict.is_left])
        note_report(channel_id, passing.stuck)
        answer = _answer(row, verdicts, of_file=sales_file_id is not None)
        passing.remember(repeat, answer)
        return answer

    answer = passing.attempt(work, end_holds)
    if not answer.replayed:
        _count_conflicts(channel_id, fresh)
    note_contact(channel_id=channel_id, kind=ContactKind.SYNC)
    return answer


def _count_conflicts(channel_id: int, fresh: Iterable[Verdict]) -> None:
    """Sales without stock were turned away, though their tickets were sold."""
    for verdict in fresh:
        is_sale = verdict.kind == ReportKind.SALE
        if is_sale and verdict.outcome == Outcome.CONFLICT and verdict.problem is not None:
            lines = [(line.item_id, line.quantity) for line in verdict.lines]
            demand = Demand(verdict.event_id or 0, channel_id, lines)
            note_conflict(demand, verdict.problem["code"], verdict.problem["numbers"])


def _find_lease(channel_id: int, lease: UUID | None) -> int | None:
    if lease is None:
        return None
    block = Block.objects.filter(uuid=lease, channel=channel_id, kind=BlockKind.LEASE).values_list(
        "pk", flat=True
    )
    try:
        return block.get()
    except Block.DoesNotExist:
        raise NotFoundError("There is no such lease.", field="lease") from None


def _lock_lease(block_id: int | None) -> Lease | None:
    if block_id is None:
        return None
    block, lines, _setup, _now = blocks.open_block(block_id, BlockKind.LEASE)
    return Lease(block, lines)


def _plan_sales(
    channel_id: int, fresh: Sequence[Verdict], block_id: int | None, by: Actor, now: datetime
) -> list[SalePlan]:
    reports = [
        (verdict, verdict.report) for verdict in fresh if isinstance(verdict.report, SaleReport)
    ]
    items = {line.item_id for _verdict, report in reports for line in report.lines}
    listed = Item.objects.filter(pk__in=items, listings__channel=channel_id)
    # Of what was never on sale nothing was sold, and a partner does not know of it.
    listed = listed.exclude(event__status=EventStatus.DRAFT)
    events = dict(listed.values_list("pk", "event_id"))
    setups = {event: booking_sql.look(event).setup for event in sorted(set(events.values()))}
    # As the set-up has it, which the ledger compares: a listing may have gone meanwhile.
    events = {
        item: event
        for item, event in events.items()
        if (item, channel_id) in setups[event].listings
    }
    judge = Judge(channel_id, events, setups, records.leased_prices(block_id), by, now)
    plans = (judge.plan(verdict, report) for verdict, report in reports)
    return [plan for plan in plans if plan is not None]


def _readable_returns(fresh: Sequence[Verdict]) -> list[tuple[Verdict, ReturnReport]]:
    readable = []
    for verdict in fresh:
        report = verdict.report
        if not isinstance(report, ReturnReport):
            continue
        if report.fault is None:
            readable.append((verdict, report))
        else:
            verdict.refuse_as_unreadable(report.fault)
    return readable


@dataclass(frozen=True, slots=True)
class _Returns:
    """What is to be given back, and what it rests on: what was sold of it, or the conflicts of its sales."""

    waiting: list[tuple[Verdict, ReturnReport]]
    early: list[EarlyReturn]
    in_conflict: dict[str, Conflict]
    sold: dict[str, Sold]


def _lock_returns(
    channel_id: int,
    readable: list[tuple[Verdict, ReturnReport]],
    early: list[EarlyReturn],
) -> _Returns:
    named = {
        *(report.sale_client_id for _verdict, report in readable),
        *(entry.report.sale_client_id for entry in early),
    }
    locked = conflicts.lock(channel_id, named, (entry.conflict.pk for entry in early))
    early = early_returns.still_open(early, {conflict.pk: conflict for conflict in locked})
    return _Returns(
        waiting=[*((entry.verdict, entry.report) for entry in early), *readable],
        early=early,
        in_conflict={
            conflict.report.client_id: conflict
            for conflict in locked
            if conflict.report.kind == ReportKind.SALE
        },
        sold=records.lock_sold(channel_id, named),
    )


def _overdue_events(refused: Sequence[SalePlan]) -> set[int]:
    events = {plan.setup.id for plan in refused}
    return expiry.events_with_overdue_holds(events) if events else set()


def _answer(row: Sync, verdicts: Sequence[Verdict], *, of_file: bool) -> Answer:
    if of_file:
        return Answer(200, json.dumps({"left": sum(verdict.is_left for verdict in verdicts)}))
    said: SyncJson = {"id": str(row.uuid), "results": [verdict.answer for verdict in verdicts]}
    return Answer(200, json.dumps(said))
