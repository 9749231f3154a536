"""Random leases, syncs, returns, live sales and acts on conflicts: what each channel is told adds up to the stock.

The model keeps what was said of each report. It does not foretell which sale of a call is a conflict: it holds that
a conflict could not have been booked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common.actor import SYSTEM
from common.errors import RefusedError
from offline import leases, resolving
from offline.enums import Resolution
from offline.models import Conflict, ConflictLine, Report
from offline.reports import ReturnReport, SaleReport, SyncResultJson
from sales import blocks
from sales.enums import BlockStatus, BookingStatus
from sales.models import Block, Booking
from tests.offline.selling import give_back, make_kiosk, report, sale, take_lease
from tests.proofs import assert_reconciled

CAPACITY = 14
TAKES = {"Ticket": {"GA": 1}, "Family": {"GA": 4}}
CHANNELS = ("web", "agent")

channels = st.sampled_from(CHANNELS)
items = st.sampled_from(list(TAKES))
# Few ids: most calls repeat some of what was sent before.
ids = st.integers(0, 11)
sold = st.lists(st.tuples(ids, items, st.integers(1, 4)), max_size=5)
returned = st.lists(st.tuples(ids, ids, st.none() | st.integers(1, 3)), max_size=3)


@dataclass(slots=True)
class Said:
    """What a channel was told of a sale, and what it has sent first."""

    item: str
    quantity: int
    outcome: str
    booking: str | None


@dataclass(slots=True)
class Told:
    """Of a channel: its sales by their ids, and the returns that were answered, with their outcome."""

    sales: dict[str, Said] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)


class LateSales(RuleBasedStateMachine):
    """The channel "web" draws on what the pool has left; "agent" has its own part."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = make_kiosk(
            items=TAKES, units=CAPACITY, channels=CHANNELS, give={("GA", "agent"): 5}
        )
        self.stage.draw()
        self.told = {channel: Told() for channel in CHANNELS}

    @property
    def active(self) -> list[Block]:
        active = Block.objects.filter(status=BlockStatus.ACTIVE, event=self.stage.event)
        return list(active.order_by("pk"))

    @property
    def open_conflicts(self) -> list[Conflict]:
        own = Conflict.objects.filter(status="OPEN", channel__in=self.stage.channels.values())
        return list(own.select_related("channel", "report").order_by("pk"))

    # --- Leases -----------------------------------------------------------------------------

    @rule(channel=channels, item=items, quantity=st.integers(1, 5))
    def lease(self, channel: str, item: str, quantity: int) -> None:
        try:
            take_lease(self.stage, [(item, quantity)], channel)
        except RefusedError as refusal:
            assert refusal.code == "SOLD_OUT"  # noqa: PT017 - any other is a fault

    @precondition(lambda self: self.active)
    @rule(index=st.integers(0, 5), lapses=st.booleans())
    def end_lease(self, index: int, *, lapses: bool) -> None:
        active = self.active
        lease = active[index % len(active)]
        if lapses:
            past = timezone.now() - timedelta(minutes=1)
            Block.objects.filter(pk=lease.pk).update(expires_at=past, hands_back_at=past)
            assert blocks.hand_back_due() == 1
        else:
            leases.hand_back(lease.pk, by=SYSTEM)

    # --- What is sold -----------------------------------------------------------------------

    @rule(channel=channels, item=items, quantity=st.integers(1, 3))
    def sell_live(self, channel: str, item: str, quantity: int) -> None:
        try:
            self.stage.sell([(item, quantity)], channel)
        except RefusedError as refusal:
            assert refusal.code == "SOLD_OUT"  # noqa: PT017

    @rule(
        channel=channels,
        sales=sold,
        returns=returned,
        index=st.none() | st.integers(0, 5),
        times=st.integers(1, 2),
    )
    def sync(
        self,
        channel: str,
        sales: list[tuple[int, str, int]],
        returns: list[tuple[int, int, int | None]],
        index: int | None,
        times: int,
    ) -> None:
        own = list(Block.objects.filter(channel=self.stage.channels[channel]).order_by("pk"))
        lease = own[index % len(own)] if own and index is not None else None
        sale_reports = [
            sale(self.stage, f"S{number}", quantity, item) for number, item, quantity in sales
        ]
        return_reports = [
            give_back(f"R{number}", f"S{of}", self.tickets(channel, of, sales, count))
            for number, of, count in returns
        ]
        results: list[SyncResultJson] = []
        for _ in range(times):
            results = report(self.stage, sale_reports, return_reports, lease=lease, channel=channel)
            self.compare(self.told[channel], sale_reports, return_reports, results)
        self.no_conflict_in_vain(channel, results, lease)

    def tickets(
        self, channel: str, of: int, sales: Sequence[tuple[int, str, int]], count: int | None
    ) -> dict[int, int] | None:
        """Of a sale of before, or of this call: so many tickets of its item."""
        known = self.told[channel].sales.get(f"S{of}")
        item = (
            known.item
            if known
            else next((item for number, item, _ in sales if number == of), "Ticket")
        )
        return None if count is None else {self.stage.items[item].pk: count}

    def compare(
        self,
        told: Told,
        sales: Sequence[SaleReport],
        returns: Sequence[ReturnReport],
        results: Sequence[SyncResultJson],
    ) -> None:
        """Each is told once what became of it, and ever after the same, unless a person or a return has changed it."""
        names = {item.pk: name for name, item in self.stage.items.items()}
        assert [result["client_id"] for result in results] == [
            report.client_id for report in (*sales, *returns)
        ]
        for sent, result in zip(sales, results, strict=False):
            known = told.sales.get(sent.client_id)
            assert (result["result"] == "DUPLICATE") == (known is not None)
            if known is None:
                [line] = sent.lines
                told.sales[sent.client_id] = Said(
                    names[line.item_id], line.quantity, result["outcome"], result["booking"]
                )
            else:
                assert (result["outcome"], result["booking"]) == (known.outcome, known.booking)
        for sent_back, result in zip(returns, results[len(sales) :], strict=True):
            outcome = told.returns.get(sent_back.client_id, result["outcome"])
            # It came before its sale, and was done with the sale.
            was_early = (outcome, result["outcome"]) == ("UNREADABLE", "ACCEPTED")
            assert result["outcome"] == outcome or was_early
            told.returns[sent_back.client_id] = result["outcome"]

    def no_conflict_in_vain(
        self, channel: str, results: Sequence[SyncResultJson], lease: Block | None
    ) -> None:
        """What was refused a moment ago does not fit now either."""
        row = self.stage.row("GA", channel)
        room = row.free + (row.draws_on.quantity if row.draws_on is not None else 0)
        left = {
            line.item.name: line.left
            for line in (lease.lines.select_related("item") if lease is not None else ())
        }
        for result in results:
            if result["kind"] == "SALE" and result["result"] == "CONFLICT":
                for line in ConflictLine.objects.filter(conflict__uuid=str(result["conflict"])):
                    beyond = max(line.quantity - left.get(line.item.name, 0), 0)
                    assert beyond * TAKES[line.item.name]["GA"] > room

    # --- Conflicts --------------------------------------------------------------------------

    @precondition(lambda self: self.open_conflicts)
    @rule(index=st.integers(0, 5), how=st.sampled_from(("book", "move", "raise", "settle")))
    def resolve(self, index: int, how: str) -> None:
        still_open = self.open_conflicts
        conflict = still_open[index % len(still_open)]
        other = self.stage.row("GA", "web" if str(conflict.channel) == "agent" else "agent")
        acts: dict[str, Callable[[], object]] = {
            "book": lambda: resolving.book(conflict.pk, by=SYSTEM, reason="test"),
            "move": lambda: resolving.move_and_book(
                conflict.pk, [other.pk], by=SYSTEM, reason="test"
            ),
            "raise": lambda: resolving.raise_and_book(conflict.pk, by=SYSTEM, reason="test"),
            "settle": lambda: resolving.settle(
                conflict.pk, Resolution.SETTLED, by=SYSTEM, reason="test"
            ),
        }
        try:
            acts[how]()
        except RefusedError:
            return
        first = conflict.report
        first.refresh_from_db()
        known = self.told[str(conflict.channel)].sales.get(first.client_id)
        if known is not None and first.kind == "SALE":
            known.outcome = first.outcome
            known.booking = None if first.booking is None else str(first.booking.uuid)

    # --- After each step --------------------------------------------------------------------

    @invariant()
    def each_sale_is_booked_or_a_conflict(self) -> None:
        for channel, told in self.told.items():
            own = Report.objects.filter(channel=self.stage.channels[channel], kind="SALE")
            rows = own.filter(series="")  # not of a sales file
            found = {row.client_id: row for row in rows.select_related("booking", "conflict")}
            assert found.keys() == told.sales.keys()
            for client_id, said in told.sales.items():
                row = found[client_id]
                if said.outcome == "ACCEPTED":
                    assert row.booking is not None
                    assert str(row.booking.uuid) == said.booking
                else:
                    assert row.booking is None
                    assert row.conflict.status == "RESOLVED" or row.conflict.lines.exists()

    @invariant()
    def nothing_is_oversold_and_leases_add_up(self) -> None:
        rows = [self.stage.row("GA", channel) for channel in CHANNELS]
        for row, channel in zip(rows, CHANNELS, strict=True):
            lines = [
                line
                for block in Block.objects.filter(channel=self.stage.channels[channel])
                for line in block.lines.select_related("item")
            ]
            assert all(line.quantity == line.sold + line.left + line.handed_back for line in lines)
            assert row.held == sum(line.left * TAKES[line.item.name]["GA"] for line in lines)
            assert row.held + row.sold <= row.quantity
        confirmed = Booking.objects.filter(status=BookingStatus.CONFIRMED, event=self.stage.event)
        assert sum(row.sold for row in rows) == sum(
            line.kept * TAKES[line.item.name]["GA"]
            for booking in confirmed
            for line in booking.lines.select_related("item")
        )

    def teardown(self) -> None:
        assert_reconciled()
