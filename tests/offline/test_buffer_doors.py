"""What moves units by itself, or divides a pool anew, leaves a safety buffer where it is, or it is there again at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from allocations import services as allocations
from allocations.enums import Draws
from allocations.models import SafetyBuffer
from allocations.plans import services as plans
from allocations.plans.release import release_pool
from allocations.plans.spec import Group, Line, PlanSpec
from common.actor import SYSTEM
from offline.buffers import State
from tests.factories import Stage
from tests.kept import kept
from tests.offline.buffers import DAILY, free, keep, look, make_shared, report_daily, report_now
from tests.offline.selling import take_lease
from tests.proofs import assert_reconciled
from transfers.dynamic.reading import dynamic_pools
from transfers.dynamic.split import moves
from transfers.models import TransferRule
from transfers.rules.candidates import candidates

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    """Its buffer is set aside."""
    made = make_shared(channels=("web", "agent", "hotel"))
    report_daily(made)
    keep()
    return made


def give(stage: Stage, channel: str, units: int) -> None:
    allocations.allocate(
        pool=stage.pools["GA"],
        channel=stage.channels[channel],
        units=units,
        by=SYSTEM,
        reason="Own",
    )


def apply_plan(stage: Stage, *lines: Line, groups: Sequence[Group] = ()) -> None:
    pool = stage.pools["GA"]
    pool.refresh_from_db()
    with transaction.atomic():
        plans.apply_plan(
            pool=pool,
            spec=PlanSpec(groups=groups, lines=lines),
            by=SYSTEM,
            reason="Plan",
            now=timezone.now(),
        )


def line(stage: Stage, channel: str, units: int, **terms: object) -> Line:
    values: dict[str, object] = {"draws": Draws.GENERAL} | terms
    return Line(channel_id=stage.channels[channel].pk, units=units, **values)  # type: ignore[arg-type]


def buffer_row(stage: Stage) -> SafetyBuffer:
    return SafetyBuffer.objects.get(stock=stage.row(channel="agent"))


def make_rule(stage: Stage) -> None:
    TransferRule.objects.create(
        venue=stage.event.venue, name="90/30", amount="UNITS", value=10, cooldown_minutes=0
    )


def test_a_rule_takes_nothing_of_it(stage: Stage) -> None:
    make_rule(stage)
    give(stage, "hotel", 20)
    stage.sell([("Ticket", 19)], channel="hotel")
    now = timezone.now()
    assert candidates([stage.event.pk], now) == []
    give(stage, "agent", 7)
    assert [match.units for match in candidates([stage.event.pk], now)] == [7]
    SafetyBuffer.objects.update(units=0)
    assert [match.units for match in candidates([stage.event.pk], now)] == [10]


def test_a_rule_gives_a_channel_nothing_while_its_buffer_is_filled_from_shared_stock(
    stage: Stage,
) -> None:
    make_rule(stage)
    give(stage, "hotel", 100)
    own = stage.row(channel="agent")
    # The last of its buffer too: the rule may look before the buffer is filled again.
    stage.sell([("Ticket", own.free)], channel="agent")
    now = timezone.now()
    assert candidates([stage.event.pk], now) == []
    stage.sell([("Ticket", stage.open_row().quantity)])
    [match] = candidates([stage.event.pk], now)
    assert (match.source_id, match.target_id) == (stage.row(channel="hotel").pk, own.pk)


def test_a_forecast_takes_nothing_of_it(stage: Stage) -> None:
    apply_plan(
        stage,
        *(line(stage, name, 100, is_dynamic=True) for name in ("agent", "hotel")),
        line(stage, "web", 0),
    )
    keep()
    now = timezone.now()
    [pool] = dynamic_pools({stage.event.pk: stage.event}, now)
    agent = next(row for row in pool.rows if row.channel_id == stage.channels["agent"].pk)
    assert agent.buffer == look(stage).needed
    hotel = next(row for row in pool.rows if row is not agent)
    greedy = replace(hotel, forecast=replace(hotel.forecast, units=10_000.0, error=0.0))
    idle = replace(agent, forecast=replace(agent.forecast, units=0.0))
    [move] = moves([idle, greedy], now + timedelta(days=3), None)
    assert move.units == agent.free - agent.buffer
    [move] = moves([replace(idle, buffer=0), greedy], now + timedelta(days=3), None)
    assert move.units == agent.free


def test_a_release_leaves_it_and_what_is_left_of_it_goes_back_later(stage: Stage) -> None:
    needed = look(stage).needed
    ends = timezone.now() + timedelta(hours=1)
    apply_plan(stage, line(stage, "agent", 80, releases_at=ends), line(stage, "web", 0))
    assert buffer_row(stage).lent == 0
    keep()
    assert free(stage) > (needed or 0)
    release_pool(stage.pools["GA"].pk, ends)
    assert (free(stage), buffer_row(stage).lent) == (needed, needed)
    assert stage.row(channel="agent").drawn == sum(DAILY)
    assert keep(timedelta(hours=2)) == []
    report_now(stage, 3)
    keep(timedelta(hours=2))
    assert buffer_row(stage).lent == free(stage) == look(stage).needed
    assert_reconciled()


def test_a_release_leaves_no_more_than_leases_do_not_cover(stage: Stage) -> None:
    ends = timezone.now() + timedelta(hours=1)
    apply_plan(stage, line(stage, "agent", 80, releases_at=ends), line(stage, "web", 0))
    take_lease(stage, [("Ticket", 10)], channel="agent")
    keep()
    release_pool(stage.pools["GA"].pk, ends)
    buffer = look(stage)
    assert (buffer.leased, buffer.set_aside) == (10, buffer.needed)
    assert_reconciled()


def test_a_plan_divides_the_pool_anew_and_the_buffer_is_there_again_at_once(stage: Stage) -> None:
    needed = look(stage).needed
    apply_plan(stage, line(stage, "agent", 0), line(stage, "web", 0))
    assert (free(stage), buffer_row(stage).lent) == (0, 0)
    keep()
    assert (free(stage), buffer_row(stage).lent) == (needed, needed)
    assert_reconciled()


def test_it_comes_out_of_the_stock_of_the_group_on_which_the_channel_draws(stage: Stage) -> None:
    pool, needed = stage.pools["GA"], look(stage).needed or 0
    apply_plan(
        stage,
        line(stage, "agent", 0, draws=Draws.GROUP, group="Agents"),
        line(stage, "web", 0),
        groups=[Group(name="Agents", units=100)],
    )
    [transfer] = keep()
    assert transfer.source == stage.open_row(name="Agents")
    assert stage.open_row(name="Agents").quantity == 100 - sum(DAILY) - needed
    assert sum(row.quantity for row in pool.stock.all()) == 400


def test_what_a_plan_guarantees_is_no_buffer_and_stays(stage: Stage) -> None:
    apply_plan(stage, line(stage, "agent", 150), line(stage, "web", 0))
    keep()
    assert (look(stage).state, buffer_row(stage).lent) == (State.ENOUGH, 0)
    assert keep(timedelta(days=3)) == []
    assert stage.row(channel="agent").quantity == 150


def test_where_a_channel_draws_no_more_its_buffer_becomes_its_own(stage: Stage) -> None:
    before = free(stage)
    allocations.set_drawing(
        row=stage.row(channel="agent"), draws_on=None, by=SYSTEM, reason="Own units"
    )
    assert buffer_row(stage).lent == 0
    assert keep() == []
    assert (look(stage).state, free(stage), buffer_row(stage).units) == (State.OWN, before, 0)
