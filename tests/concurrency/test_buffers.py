"""Safety buffers that are worked out at the same moment as others sell, sync, divide the pool anew, or work them out."""

from collections.abc import Callable
from functools import partial
from threading import Barrier
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.utils import timezone

from allocations.enums import Draws
from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM
from common.patience import unless_taken
from events.models import Pool
from offline import buffer_moves
from offline.buffer_moves import keep_buffers
from offline.buffer_reading import read_buffers
from offline.buffers import Buffer
from sales.errors import SoldOutError
from tests.concurrency.race import PATIENCE, errors_of, locked, race
from tests.factories import Stage
from tests.offline.buffers import free, keep, look, make_shared, report_daily, report_now
from tests.proofs import assert_reconciled
from transfers.models import Transfer


def stage(units: int = 400) -> Stage:
    made = make_shared(units)
    report_daily(made)
    return made


def keep_at_once(jobs: int = 4) -> None:
    outcomes = race([partial(keep_buffers, timezone.now())] * jobs)
    assert errors_of(outcomes) == []


def test_worked_out_by_four_at_once_it_is_set_aside_once() -> None:
    made = stage()
    needed = look(made).needed
    keep_at_once()
    assert (free(made), Transfer.objects.count()) == (needed, 1)
    assert_reconciled()


def test_control_without_the_watch_it_is_set_aside_twice() -> None:
    """Else the test above would prove nothing."""
    made = stage()
    needed = look(made).needed or 0
    read, together = read_buffers, Barrier(2)

    def meet(*asked: Any) -> list[Buffer]:
        buffers = read(*asked)
        together.wait(PATIENCE)
        return buffers

    with (
        patch.object(buffer_moves, "_claim", lambda _event: None),
        patch.object(buffer_moves, "read_buffers", meet),
        # The second waits for the first, however busy the machine is.
        patch.object(
            buffer_moves, "unless_taken", partial(unless_taken, milliseconds=1_000 * PATIENCE)
        ),
    ):
        keep_at_once(2)
    assert free(made) == 2 * needed


def test_while_others_sell_the_last_shared_units_it_gets_what_is_left_and_nobody_oversells() -> (
    None
):
    made = stage(60)

    def sell() -> None:
        try:
            while True:
                made.sell()
        except SoldOutError:
            pass

    jobs: list[Callable[[], object]] = [*[sell] * 4, partial(keep_buffers, timezone.now())]
    assert errors_of(race(jobs)) == []
    assert made.open_row().quantity == 0
    assert free(made) + made.row(channel="agent").sold + made.row().sold == 60
    assert_reconciled()


def apply_plan(made: Stage) -> None:
    lines = [
        Line(channel_id=channel.pk, units=0, draws=Draws.GENERAL)
        for channel in made.channels.values()
    ]
    with transaction.atomic():
        plans.apply_plan(
            pool=Pool.objects.get(pk=made.pools["GA"].pk),
            spec=PlanSpec(lines=lines),
            by=SYSTEM,
            reason="Shared",
            now=timezone.now(),
        )


def test_beside_syncs_and_plans_the_stock_adds_up_and_the_buffer_is_there_again() -> None:
    made = stage()
    keep()
    jobs: list[Callable[[], object]] = [
        *[partial(report_now, made, 2)] * 2,
        *[partial(apply_plan, made)] * 2,
        *[partial(keep_buffers, timezone.now())] * 2,
    ]
    assert errors_of(race(jobs)) == []
    keep()
    keep()
    buffer = look(made)
    assert buffer.missing == 0
    assert buffer.lent == free(made) == buffer.needed
    assert_reconciled()


def test_an_event_of_which_somebody_has_a_row_holds_up_no_other() -> None:
    stuck, other = stage(), stage()
    with locked(f"SELECT FROM allocations_stock WHERE id = {stuck.open_row().pk} FOR UPDATE"):
        [transfer] = keep()
    assert transfer.event == other.event
    [transfer] = keep()
    assert transfer.event == stuck.event
