"""Random named holds, guests, hand-outs and kills beside live sales: a plain model says what each row has.

A refusal changes nothing; after each step the numbers of the model are those of the database.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from allocations.kills import services as kills
from allocations.models import Kill
from common.actor import SYSTEM
from common.errors import RefusedError
from sales import blocks, named_holds, services
from sales.guests import hand_outs, lists
from sales.guests.hand_outs import HandOutOrder
from sales.guests.lists import GuestEntry
from sales.models import Block, Guest, HandOut, NamedHold
from tests.factories import Counters
from tests.proofs import assert_reconciled
from tests.sales.holding import make_hidden, make_hold

CAPACITY = 12
picks = st.integers(0, 5)


@dataclass(slots=True, eq=False)
class HoldNow:
    """A hold that has not ended: what is left of it, and what its guests are still to be given."""

    hold: NamedHold
    left: int
    promised: dict[int, int] = field(default_factory=dict)  # guest →


class Holds(RuleBasedStateMachine):
    """One hidden channel that has half the pool; the rest is open, and the channel draws on it."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = make_hidden(CAPACITY, give={("GA", "web"): CAPACITY // 2})
        self.stage.draw()
        self.names = (f"Guest {number}" for number in count(1))
        self.holds: list[HoldNow] = []
        self.given: list[tuple[HandOut, HoldNow]] = []
        self.sold = 0
        self.out = 0
        # What the channel and the open stock have together for what is neither sold nor held.
        self.free = CAPACITY

    def _pick(self, index: int) -> HoldNow:
        return self.holds[index % len(self.holds)]

    @rule(tickets=st.integers(1, 5))
    def hold(self, tickets: int) -> None:
        try:
            made = make_hold(self.stage, [("Ticket", tickets)])
        except RefusedError as refusal:
            assert (refusal.code, tickets > self.free) == ("SOLD_OUT", True)  # noqa: PT017
        else:
            assert tickets <= self.free
            self.holds.append(HoldNow(made, tickets))
            self.free -= tickets

    @precondition(lambda self: self.holds)
    @rule(index=picks, tickets=st.integers(1, 6))
    def change(self, index: int, tickets: int) -> None:
        state = self._pick(index)
        is_lawful = tickets - state.left <= self.free and tickets >= sum(state.promised.values())
        item = self.stage.items["Ticket"].pk
        try:
            named_holds.change(
                state.hold.pk,
                terms=named_holds.terms_of(state.hold),
                tickets={item: tickets},
                by=SYSTEM,
                reason="why",
            )
        except RefusedError:
            assert not is_lawful
        else:
            assert is_lawful
            self.free -= tickets - state.left
            state.left = tickets

    @precondition(lambda self: self.holds)
    @rule(index=picks, lapses=st.booleans())
    def end(self, index: int, *, lapses: bool) -> None:
        state = self._pick(index)
        if lapses:
            past = timezone.now() - timedelta(minutes=1)
            Block.objects.filter(pk=state.hold.pk).update(expires_at=past, hands_back_at=past)
            assert blocks.hand_back_due() == 1
        else:
            named_holds.end_early(state.hold.pk, by=SYSTEM, reason="off")
        self.holds.remove(state)
        self.free += state.left

    @precondition(lambda self: self.holds)
    @rule(index=picks, tickets=st.integers(1, 3))
    def promise(self, index: int, tickets: int) -> None:
        state, name = self._pick(index), next(self.names)
        is_lawful = sum(state.promised.values()) + tickets <= state.left
        try:
            lists.add(state.hold.pk, [GuestEntry(name, tickets)], by=SYSTEM)
        except RefusedError:
            assert not is_lawful
        else:
            assert is_lawful
            state.promised[Guest.objects.get(block=state.hold, name=name).pk] = tickets

    @precondition(lambda self: any(state.promised for state in self.holds))
    @rule(index=picks, tickets=st.integers(1, 3))
    def hand_out(self, index: int, tickets: int) -> None:
        states = [state for state in self.holds if state.promised]
        state = states[index % len(states)]
        guest = sorted(state.promised)[index % len(state.promised)]
        try:
            answer = hand_outs.hand_out(HandOutOrder(state.hold.pk, tickets, guest), by=SYSTEM)
        except RefusedError:
            assert tickets > state.promised[guest]
        else:
            state.promised[guest] -= tickets
            assert answer.data["left"] == state.promised[guest] >= 0
            state.left -= tickets
            self.sold += tickets
            self.given.append((HandOut.objects.get(pk=answer.data["hand_out"]), state))

    @precondition(lambda self: self.given)
    @rule(index=picks, refund=st.booleans())
    def take_back(self, index: int, *, refund: bool) -> None:
        row, state = self.given.pop(index % len(self.given))
        if refund:
            services.cancel(row.booking_id, by=SYSTEM, reason="no show")
            self.free += row.tickets
        else:
            hand_outs.undo(row.pk, by=SYSTEM, reason="wrong")
            if state in self.holds:
                state.left += row.tickets
                state.promised[row.guest_id or 0] += row.tickets
            else:
                self.free += row.tickets
        self.sold -= row.tickets

    @rule(tickets=st.integers(1, 3))
    def sell(self, tickets: int) -> None:
        try:
            self.stage.sell([("Ticket", tickets)])
        except RefusedError:
            assert tickets > self.free
        else:
            self.sold += tickets
            self.free -= tickets

    @rule(units=st.integers(1, 4), is_open=st.booleans())
    def kill(self, units: int, *, is_open: bool) -> None:
        row = self.stage.open_row() if is_open else self.stage.row()
        is_lawful = units <= row.free
        try:
            with transaction.atomic():
                kills.take_out(source=row, units=units, by=SYSTEM, reason="broken")
        except RefusedError:
            assert not is_lawful
        else:
            assert is_lawful
            self.out += units
            self.free -= units

    @precondition(lambda self: self.out)
    @rule(to_open=st.booleans())
    def put_back(self, *, to_open: bool) -> None:
        own = Kill.objects.filter(pool=self.stage.pools["GA"]).order_by("pk")
        kill = next(kill for kill in own if kill.left)
        with transaction.atomic():
            kills.put_back(kill.pk, units=1, by=SYSTEM, reason="mended", to_open=to_open)
        self.out -= 1
        self.free += 1

    @invariant()
    def numbers_agree(self) -> None:
        own: Counters = self.stage.counters()
        open_units = self.stage.open_row().quantity
        held = sum(state.left for state in self.holds)
        assert (own.held, own.sold) == (held, self.sold)
        assert own.quantity + open_units == CAPACITY - self.out
        assert own.quantity - own.held - own.sold + open_units == self.free

    def teardown(self) -> None:
        assert_reconciled()
