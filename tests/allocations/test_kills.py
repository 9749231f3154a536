"""Units out of sale: not to be sold, in no sell-through, in the capacity; and put back with a reason."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import services
from allocations.copying import copy_event
from allocations.errors import CapacityError, KillError, PlanRefusedError, SamePoolError
from allocations.kills import services as kills
from allocations.models import Kill, Movement, Stock
from common.actor import SYSTEM
from common.errors import InvalidInputError, NotFoundError
from sales.errors import SoldOutError
from tests.allocations.plans.specs import apply, line
from tests.factories import Counters, Stage, counters, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed, violates

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    """Website 60 of 100, the rest is open; 20 sold."""
    made = make_stage(channels=("web", "agent"), give={("GA", "web"): 60})
    made.sell([("Ticket", 20)])
    return made


def out(stage: Stage) -> int:
    return kills.killed_row(stage.pools["GA"]).quantity


def take_out(row: Stock, units: int, reason: str = "behind the desk") -> Kill:
    with transaction.atomic():
        return kills.take_out(source=row, units=units, by=SYSTEM, reason=reason)


def test_what_is_out_of_sale_is_in_no_sell_through_and_in_the_capacity(stage: Stage) -> None:
    kill = take_out(stage.row(), 20)
    assert (stage.counters(), out(stage)) == (Counters(40, 0, 20, 0), 20)
    assert stage.row().sell_through == 50
    with pytest.raises(SoldOutError, match="20 can be sold"):
        stage.sell([("Ticket", 21)])
    movement = Movement.objects.get(document_kind="KILL", stock=stage.row())
    assert (movement.kind, movement.document_id) == ("KILL", kill.pk)
    assert (movement.delta_quantity, movement.reason) == (-20, "behind the desk")
    assert_reconciled()


def test_no_more_than_is_free_is_taken_out(stage: Stage) -> None:
    with nothing_changed():
        with pytest.raises(KillError, match="web has 40 free units: 41 cannot be taken out"):
            take_out(stage.row(), 41)
        with pytest.raises(InvalidInputError, match="At least 1 unit"):
            take_out(stage.row(), 0)
        with pytest.raises(InvalidInputError, match="Say why"):
            take_out(stage.row(), 1, " ")
    take_out(stage.row(), 1)
    with pytest.raises(InvalidInputError, match="a channel's part or from open stock"):
        take_out(kills.killed_row(stage.pools["GA"]), 1)


def test_units_are_put_back_where_they_were_or_to_the_open_stock(stage: Stage) -> None:
    kill = take_out(stage.row(), 20)
    kills.put_back(kill.pk, units=5, by=SYSTEM, reason="mended")
    kills.put_back(kill.pk, units=10, by=SYSTEM, reason="mended", to_open=True)
    assert (stage.counters().quantity, stage.open_row().quantity, out(stage)) == (45, 50, 5)
    with nothing_changed(), pytest.raises(KillError, match="5 units are still out of sale: 6"):
        kills.put_back(kill.pk, units=6, by=SYSTEM, reason="mended")
    with nothing_changed(), pytest.raises(NotFoundError):
        kills.put_back(-1, units=1, by=SYSTEM, reason="mended")
    kills.put_back(kill.pk, units=5, by=SYSTEM, reason="mended")
    assert out(stage) == 0
    assert_reconciled()


def test_a_plan_divides_what_is_not_out_of_sale(stage: Stage) -> None:
    take_out(stage.open_row(), 30)
    apply(stage, line(stage, "web", "60"), line(stage, "agent", 10))
    quantities = [counters(row).quantity for row in (stage.row(), stage.row(channel="agent"))]
    assert (quantities, stage.open_row().quantity, out(stage)) == ([60, 10], 0, 30)
    with nothing_changed(), pytest.raises(PlanRefusedError) as caught:
        apply(stage, line(stage, "web", 60), line(stage, "agent", 11))
    assert "gives away 71 of 100, 30 of them out of sale: 1 too many" in str(caught.value.detail)
    assert_reconciled()


def test_a_capacity_shrinks_by_what_is_open_and_not_by_what_is_out(stage: Stage) -> None:
    take_out(stage.open_row(), 30)
    with nothing_changed(), pytest.raises(CapacityError, match="by 10"), transaction.atomic():
        services.set_capacity(pool=stage.pools["GA"], capacity=89, by=SYSTEM, reason="x")
    services.set_capacity(pool=stage.pools["GA"], capacity=90, by=SYSTEM, reason="x")
    assert (stage.open_row().quantity, out(stage)) == (0, 30)


def test_units_move_to_what_is_out_of_sale_by_no_other_way(stage: Stage) -> None:
    kill = take_out(stage.open_row(), 30)
    row = kills.killed_row(stage.pools["GA"])
    for source, target in ((row, stage.row()), (stage.row(), row)):
        with nothing_changed(), pytest.raises(SamePoolError):
            services.move_quantity(source=source, target=target, units=1, by=SYSTEM, reason="x")
    assert kill.left == 30


def test_a_copy_begins_with_everything_on_sale(stage: Stage) -> None:
    take_out(stage.row(), 20)
    [copy] = copy_event(
        event_id=stage.event.pk,
        starts=[stage.event.starts_at + timedelta(days=7)],
        by=SYSTEM,
        reason="again",
        now=timezone.now(),
        with_allocations=True,
    )
    rows = Stock.objects.filter(event=copy, pool__isnull=False).order_by("pk")
    assert sorted((row.kind, row.quantity) for row in rows) == [
        ("CHANNEL", 0),
        ("CHANNEL", 40),
        ("OPEN", 60),
    ]


def test_what_was_taken_out_stays_as_it_was_written(stage: Stage) -> None:
    kill = take_out(stage.row(), 20)
    kills.put_back(kill.pk, units=5, by=SYSTEM, reason="mended")
    for changed in ({"units": 30}, {"put_back": 4}, {"reason": "other"}):
        with violates("kill_stays"):
            Kill.objects.update(**changed)
    with violates("kill_stays"):
        execute("DELETE FROM allocations_kill")
    with violates("kill_put_back_within"):
        Kill.objects.update(put_back=21)
    row: dict[str, object] = {
        "pool": stage.pools["GA"],
        "source": stage.row(),
        "reason": "x",
        "units": 1,
    }
    cases: dict[str, dict[str, object]] = {
        "kill_has_units": {"units": 0},
        "kill_has_a_reason": {"reason": ""},
        "kill_within_pool": {"source": kills.killed_row(stage.pools["GA"])},
    }
    for constraint, values in cases.items():
        with violates(constraint):
            Kill.objects.create(**row | values)
    with violates("stock_out_of_sale_sells_nothing"):
        execute("UPDATE allocations_stock SET held = 1, version = 9 WHERE kind = 'KILLED'")
    with violates("stock_one_row_out_of_sale"):
        Stock.objects.create(event=stage.event, kind="KILLED", pool=stage.pools["GA"])
