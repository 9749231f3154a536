"""What a run decides in memory, and what the database decides: the same, over random stock, orders and rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from allocations import ledger
from allocations.enums import MovementKind, PlanStatus
from allocations.ledger import Terms
from allocations.models import AllocationPlan, PlanLine, Stock
from allocations.plans.spec import PlanSpec
from allocations.setup import EventSetup
from common.actor import SYSTEM
from planning.whatif.asking import Request
from planning.whatif.candidates import Candidate
from planning.whatif.scene import Scene, scene_of, span_of
from planning.whatif.stock import MemoryStock
from planning.whatif.transfers import Transfers
from sales.rules import item_windows
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import execute
from transfers.models import Transfer, TransferPolicy, TransferRule
from transfers.rules.candidates import candidates

pytestmark = pytest.mark.django_db

quick = settings(
    max_examples=30,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
CHANNELS = ("web", "app", "hotel")
UNITS = st.integers(-4, 6)


@kept
def stage() -> Stage:
    """Three channels of one pool; what guards its rows stands aside, so that they can be written at will."""
    made = make_stage(
        pools={"GA": 300},
        channels=CHANNELS,
        give={("GA", channel): 60 for channel in CHANNELS},
    )
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("allocations_stock", "allocations_allocationplan", "allocations_planline"):
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    execute("ALTER TABLE transfers_transfer DISABLE TRIGGER USER")
    return made


def in_memory(scene: Scene) -> MemoryStock:
    """As the database has it."""
    stock = MemoryStock(scene.rows)
    for row in Stock.objects.filter(event=scene.event):
        number = scene.by_stock[row.pk]
        stock.quantity[number], stock.drawn[number] = row.quantity, row.drawn
        stock.used[number], stock.sold[number] = row.held + row.sold, row.sold
        stock.set_terms(number, Terms.of(row), scene.by_stock.get(row.draws_on_id or 0, -1))
    return stock


def numbers(stock: MemoryStock) -> list[tuple[int, ...]]:
    return list(zip(stock.quantity, stock.used, stock.sold, stock.drawn, strict=True))


def draw_rows(stage: Stage, data: st.DataObject, now: datetime, largest: int) -> None:
    """Any counters and terms that a row may have."""
    open_row = stage.open_row()
    Stock.objects.filter(pk=open_row.pk).update(quantity=data.draw(st.integers(0, 8)))
    for channel in CHANNELS:
        quantity = data.draw(st.integers(0, largest))
        used = data.draw(st.integers(0, quantity))
        held = data.draw(st.integers(0, min(used, 3)))
        values: dict[str, Any] = {"draws_on": None, "drawn": 0, "ceiling": None}
        if data.draw(st.booleans()):
            room = data.draw(st.none() | st.integers(0, 5))
            start, end = data.draw(
                st.sampled_from([(None, None), (-1, 1), (1, 2), (-2, -1), (None, -1), (-1, None)])
            )
            values = {
                "draws_on": open_row,
                "drawn": data.draw(st.integers(0, min(used, 4))),
                "ceiling": None if room is None else quantity + room,
                "draws_from": None if start is None else now + timedelta(hours=start),
                "draws_until": None if end is None else now + timedelta(hours=end),
            }
        Stock.objects.filter(pk=stage.row("GA", channel).pk).update(
            **{"draws_from": None, "draws_until": None} | values,
            quantity=quantity,
            held=held,
            sold=used - held,
        )


@given(data=st.data())
@quick
def test_the_ledger_and_a_run_decide_every_change_alike(stage: Stage, data: st.DataObject) -> None:
    now = timezone.now()
    draw_rows(stage, data, now, 8)
    scene = scene_of(stage.event, [])
    stock = in_memory(scene)
    rows = [stage.row("GA", channel).pk for channel in CHANNELS]
    for _number in range(4):
        row = data.draw(st.sampled_from(rows))
        held, sold = data.draw(UNITS), data.draw(UNITS)
        index = scene.by_stock[row]
        was_held = stock.used[index] - stock.sold[index]
        # No booking gives back what it has not, and each takes from one row of a pool.
        held, sold = max(held, -was_held), max(sold, -stock.sold[index])
        if held == sold == 0:
            continue
        group = ledger.Group(MovementKind.AMEND, (ledger.Entry(row, held=held, sold=sold),))
        verdict = ledger.post([group], by=SYSTEM).verdicts[0]
        refused = stock.change(((index, held, sold),), now.timestamp())
        assert (refused >= 0) == (verdict is not None)
        assert numbers(stock) == numbers(in_memory(scene))


RULE = st.fixed_dictionaries(
    {
        "source_below": st.sampled_from([Decimal(30), Decimal("33.33"), Decimal(60)]),
        "target_at_least": st.sampled_from([Decimal(70), Decimal("66.67"), Decimal(90)]),
        "hysteresis": st.sampled_from([Decimal(0), Decimal(10)]),
        "keeps": st.integers(0, 3),
        "max_per_run": st.none() | st.integers(1, 6),
        "max_per_day": st.none() | st.integers(1, 9),
        "cooldown_minutes": st.sampled_from([0, 60]),
    }
)
AMOUNT = st.sampled_from([("EQUALIZE", None), ("UNITS", 4), ("PERCENT", 50)])


@given(data=st.data())
@quick
def test_rules_and_a_run_move_the_same_units(stage: Stage, data: st.DataObject) -> None:
    now = timezone.now()
    Transfer.objects.all().delete()
    TransferRule.objects.all().delete()
    AllocationPlan.objects.all().delete()
    draw_rows(stage, data, now, 30)
    # As rules are interested in: one that has sold much, one that has sold little.
    for channel, share in (("web", st.integers(60, 100)), ("app", st.integers(0, 40))):
        row = stage.row("GA", channel)
        sold = (row.quantity - row.held) * data.draw(share) // 100
        Stock.objects.filter(pk=row.pk).update(sold=sold, drawn=min(row.drawn, sold + row.held))
    for number in range(data.draw(st.integers(1, 2))):
        amount, value = data.draw(AMOUNT)
        rule = TransferRule.objects.create(
            venue=stage.event.venue,
            event=stage.event if data.draw(st.booleans()) else None,
            name=f"rule {number}",
            amount=amount,
            value=value,
            **data.draw(RULE),
        )
        if data.draw(st.booleans()):
            rule.sources.set([stage.channels["app"], stage.channels["hotel"]])
        if data.draw(st.booleans()):
            rule.targets.set([stage.channels["web"]])
    policy = TransferPolicy.objects.get(venue=stage.event.venue)
    policy.protected.set([stage.channels["hotel"]] if data.draw(st.booleans()) else [])
    lines = draw_plan(stage, data)
    scene = scene_of(stage.event, [])
    stock = in_memory(scene)
    transfers = Transfers(scene, stock, lines, None, lambda _at, _act: None)
    at = now.timestamp()
    for _round in range(3):
        found = [
            (scene.by_stock[match.source_id], scene.by_stock[match.target_id], match.units)
            for match in candidates([stage.event.pk], datetime.fromtimestamp(at, UTC))
        ]
        candidate, _again = transfers.candidates.of_pool(stage.pools["GA"].pk, at)
        assert [(c.source, c.target, c.units) for c in [candidate] if c is not None] == found
        if candidate is None:
            break
        execute_both(stage, transfers, candidate, at)
        if data.draw(st.booleans()):
            turn(stage, stock, candidate, data)
        at += data.draw(st.sampled_from([1.0, 1800.0, 3601.0, 3601.0]))


@given(data=st.data())
@quick
def test_the_policy_and_a_run_ask_for_approval_alike(stage: Stage, data: st.DataObject) -> None:
    now = timezone.now()
    Transfer.objects.all().delete()
    web, app, hotel = (stage.row("GA", channel) for channel in CHANNELS)
    write({web.pk: (0, 100), app.pk: (0, 100), hotel.pk: (0, 100)})
    TransferRule.objects.all().delete()
    TransferRule.objects.create(venue=stage.event.venue, name="5", amount="UNITS", value=5)
    scene = scene_of(stage.event, [])
    scene.policy = replace(
        scene.policy, approval_seconds=0, approval_above=None, always=frozenset()
    )
    [rule] = scene.rules
    transfers = Transfers(scene, in_memory(scene), None, None, lambda _at, _act: None)
    source, target = scene.by_stock[app.pk], scene.by_stock[web.pk]
    for hours in sorted(data.draw(st.lists(st.sampled_from([0.5, 23.9, 24.1, 30]))), reverse=True):
        earlier = Candidate(rule, source, target, data.draw(st.integers(1, 5)))
        execute_both(stage, transfers, earlier, (now - timedelta(hours=hours)).timestamp())
    left = int((stage.event.starts_at - now).total_seconds() // 3600)
    policy = TransferPolicy.objects.get(venue=stage.event.venue)
    policy.approval_hours = data.draw(st.sampled_from([1, left, left + 1]))
    policy.approval_above = data.draw(st.none() | st.integers(1, 20))
    policy.save()
    named = data.draw(st.sets(st.sampled_from(CHANNELS), max_size=1))
    policy.always.set([stage.channels[name] for name in named])
    transfers.requests.scene = scene_of(stage.event, [])
    units = data.draw(st.integers(1, 8))
    request = Request(stage.pools["GA"].pk, source, target, units, rule.id, now.timestamp())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfers_needs(%s, %s, %s, %s, NULL, %s, NULL)",
            [stage.event.pk, app.pk, web.pk, units, now],
        )
        (needs,) = cursor.fetchone()
    assert transfers.requests.needs_approval(request, now.timestamp()) == bool(needs), needs


@pytest.mark.parametrize(("sold", "moves"), [(25, False), (15, True)])
def test_the_way_back_needs_more_in_a_run_too(stage: Stage, sold: int, *, moves: bool) -> None:
    now = timezone.now()
    web, app, hotel = (stage.row("GA", channel) for channel in CHANNELS)
    counters = {web.pk: (95, 100), app.pk: (10, 100), hotel.pk: (0, 0)}
    write(counters)
    TransferRule.objects.create(
        venue=stage.event.venue, name="90/30", amount="UNITS", value=5, cooldown_minutes=0
    )
    scene = scene_of(stage.event, [])
    stock = in_memory(scene)
    transfers = Transfers(scene, stock, None, None, lambda _at, _act: None)
    pool = stage.pools["GA"].pk
    candidate, _again = transfers.candidates.of_pool(pool, now.timestamp())
    assert candidate is not None
    execute_both(stage, transfers, candidate, now.timestamp())
    write({web.pk: (sold, 100), app.pk: (100, 100), hotel.pk: (0, 0)})
    copy_rows(scene, stock)
    later = now + timedelta(seconds=1)
    back, _again = transfers.candidates.of_pool(pool, later.timestamp())
    assert (back is not None) == bool(candidates([stage.event.pk], later)) == moves


def write(counters: dict[int, tuple[int, int]]) -> None:
    """Sold units and quantity of rows."""
    for pk, (sold, quantity) in counters.items():
        Stock.objects.filter(pk=pk).update(sold=sold, held=0, drawn=0, quantity=quantity)


def copy_rows(scene: Scene, stock: MemoryStock) -> None:
    fresh = in_memory(scene)
    for name in ("quantity", "used", "sold", "drawn"):
        getattr(stock, name)[:] = getattr(fresh, name)


def turn(stage: Stage, stock: MemoryStock, move: Any, data: st.DataObject) -> None:
    """Who has given sells out, and who has got something sells nearly nothing: the way back is near."""
    for number, share in ((move.source, st.integers(65, 100)), (move.target, st.integers(20, 35))):
        row = Stock.objects.get(pk=stock.rows[number].stock_id)
        sold = (row.quantity - row.held) * data.draw(share) // 100
        Stock.objects.filter(pk=row.pk).update(sold=sold, drawn=0)
    copy_rows(scene_of(stage.event, []), stock)


def draw_plan(stage: Stage, data: st.DataObject) -> dict[int, dict[int, Any]] | None:
    """A plan in force, with dynamic lines and others; or none."""
    if not data.draw(st.booleans()):
        return None
    pool = stage.pools["GA"]
    plan = AllocationPlan.objects.create(
        pool=pool, status=PlanStatus.IN_FORCE, version=1, applied_at=timezone.now()
    )
    for name in data.draw(st.sets(st.sampled_from(CHANNELS))):
        PlanLine.objects.create(
            plan=plan,
            channel=stage.channels[name],
            units=10,
            is_dynamic=data.draw(st.sampled_from([True, True, False])),
            floor=data.draw(st.none() | st.integers(0, 5)),
        )
    return {pool.pk: {line.channel_id: line for line in PlanSpec.read(plan).lines}}


def execute_both(stage: Stage, transfers: Transfers, candidate: Any, at: float) -> None:
    """The transfer as the database keeps it, and as the run does it."""
    rows = transfers.stock.rows
    source, target = rows[candidate.source].stock_id, rows[candidate.target].stock_id
    moment = datetime.fromtimestamp(at, UTC)
    Transfer.objects.create(
        event=stage.event,
        pool=stage.pools["GA"],
        source_id=source,
        target_id=target,
        units=candidate.units,
        moved=candidate.units,
        status="EXECUTED",
        origin="RULE",
        rule_id=candidate.rule.id,
        rule_version=1,
        reason="test",
        requested_at=moment,
        ended_at=moment,
        lapses_at=moment + timedelta(hours=1),
        evidence={},
    )
    for pk, units in ((source, -candidate.units), (target, candidate.units)):
        row = Stock.objects.get(pk=pk)
        Stock.objects.filter(pk=pk).update(quantity=row.quantity + units)
    request = Request(
        pool_id=stage.pools["GA"].pk,
        source=candidate.source,
        target=candidate.target,
        units=candidate.units,
        rule_id=candidate.rule.id,
        requested_at=at,
    )
    transfers.requests.ask(request)


def test_a_listing_sells_in_a_run_while_the_rules_of_sales_say_so(stage: Stage) -> None:
    setup = EventSetup.load(stage.event.pk)
    [item] = setup.items.values()
    for listing in setup.listings.values():
        opens, closes = span_of(setup, item, listing)
        assert (opens, closes) == (-inf, stage.event.sales_close.timestamp())
        windows = [setup.window, *item_windows(setup, item, listing)]
        for moment in (closes - 1, closes, closes + 1):
            at = datetime.fromtimestamp(moment, UTC)
            assert all(window.includes(at) for window in windows) == (opens <= moment < closes)
