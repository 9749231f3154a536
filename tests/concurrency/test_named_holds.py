"""Of clerks who hand out the same tickets at once, one does; of workers who release a hold at once, too."""

from threading import Barrier
from typing import Any

import pytest
from django.utils import timezone

from common.actor import SYSTEM
from sales import blocks, booking_sql
from sales.enums import BlockKind
from sales.errors import InvalidStateError
from sales.guests import hand_outs, lists
from sales.guests.hand_outs import HandOutOrder
from sales.guests.lists import GuestEntry
from sales.models import Block, Booking, Guest
from tests.concurrency.race import PATIENCE, Outcome, errors_of, race
from tests.factories import Counters, Stage
from tests.proofs import assert_reconciled
from tests.sales.holding import make_hidden, make_hold


def hand_out_at_once(stage: Stage, clerks: int) -> list[Outcome[Any]]:
    """Two of Asha's four tickets, by so many clerks who have all seen that she was given none."""
    hold = make_hold(stage, [("Ticket", 8)])
    lists.add(hold.pk, [GuestEntry("Asha", 4)], by=SYSTEM)
    order = HandOutOrder(hold.pk, 2, Guest.objects.get().pk, seen=0)
    return race([lambda: hand_outs.hand_out(order, by=SYSTEM)] * clerks)


def test_of_six_clerks_who_saw_the_same_one_hands_out() -> None:
    stage = make_hidden(10)
    outcomes = hand_out_at_once(stage, 6)
    assert errors_of(outcomes, InvalidStateError) == []
    assert [outcome.error is None for outcome in outcomes].count(True) == 1
    assert Booking.objects.count() == 1
    assert (stage.counters(), Guest.objects.get().handed_out) == (Counters(10, 6, 2, 0), 2)
    assert_reconciled()


def test_control_without_the_holds_lock_two_clerks_hand_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, both = make_hidden(10), Barrier(2)

    def unlocked(block_id: int, _kind: BlockKind) -> Any:
        block = Block.objects.get(pk=block_id)
        scene = booking_sql.look(block.event_id)
        return block, list(block.lines.all()), scene.setup, scene.now

    require_left = hand_outs._require_left

    def together(tickets: int, left: int) -> None:
        both.wait(PATIENCE)
        require_left(tickets, left)

    hold = make_hold(stage, [("Ticket", 8)])
    lists.add(hold.pk, [GuestEntry("Asha", 4)], by=SYSTEM)
    monkeypatch.setattr(blocks, "open_block", unlocked)
    monkeypatch.setattr(hand_outs, "_require_left", together)
    order = HandOutOrder(hold.pk, 2, Guest.objects.get().pk, seen=0)
    race([lambda: hand_outs.hand_out(order, by=SYSTEM)] * 2)
    assert Booking.objects.count() == 2


def test_a_hold_is_released_once_by_four_workers() -> None:
    stage = make_hidden(10)
    make_hold(stage)
    Block.objects.update(expires_at=timezone.now(), hands_back_at=timezone.now())
    outcomes = race([blocks.hand_back_due] * 4)
    assert sum(outcome.value or 0 for outcome in outcomes) == 1
    assert stage.counters() == Counters(10, 0, 0, 0)
    assert_reconciled()
