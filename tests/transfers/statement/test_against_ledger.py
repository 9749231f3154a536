"""The allocation statement always agrees with the ledger, or is not shown."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations.enums import SETUP_MOVEMENTS, Draws, MovementKind
from allocations.models import Movement, Stock
from allocations.plans.release import release_pool
from common.actor import SYSTEM
from common.errors import RefusedError
from sales import services as sales
from tests.allocations.plans.specs import apply, group, line
from tests.concurrency.selling import chance_of
from tests.factories import Stage, id_of, make_stage
from tests.proofs import assert_reconciled, execute
from tests.transfers.statement.reading import read, transfer, unguarded
from transfers.statement.account import Account, StatementError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_statement_leads_to_the_stock(seed: int) -> None:
    """At every moment, for every channel: and two periods that meet share a balance."""
    chance = chance_of(seed)
    stage = make_stage(
        pools={"GA": 60, "Car park": 20},
        items={"Ticket": {"GA": 1}, "Bundle": {"GA": 2, "Car park": 1}},
        channels=("web", "hotel", "agent"),
        give={("GA", "web"): 20, ("GA", "hotel"): 10, ("Car park", "web"): 8},
    )
    happen(stage, chance, 60)
    spread(stage, chance)
    assert_reconciled()
    moments = sorted(set(Movement.objects.values_list("at", flat=True)))
    for channel in stage.channels:
        whole = read(stage, channel)
        for part in whole.pools:
            check(part.account)
        for cut in chance.sample(moments, 8):
            before = read(stage, channel, until=cut)
            after = read(stage, channel, since=cut)
            for one, other, part in zip(before.pools, after.pools, whole.pools, strict=True):
                check(one.account)
                check(other.account)
                assert one.account.edges.closing.quantity == other.account.edges.opening
                assert other.account.edges.closing == part.account.edges.closing


def check(account: Account) -> None:
    """Against the ledger, added up line by line."""
    edges = account.edges
    row = Stock.objects.get(pk=edges.stock_id)
    own = Movement.objects.filter(
        stock=row, version__gt=edges.first, version__lte=edges.last
    ).order_by("version")
    deltas = [(one.kind in SETUP_MOVEMENTS, one.delta_quantity) for one in own]
    for is_more in (True, False):
        assert sum(
            change.units
            for change in account.changes
            if change.movement is None and (change.units > 0) == is_more
        ) == sum(delta for of_setup, delta in deltas if not of_setup and (delta > 0) == is_more)
    assert [
        (change.units, change.balance) for change in account.changes if change.movement is not None
    ] == [(one.delta_quantity, one.quantity) for one in own if one.kind in SETUP_MOVEMENTS]
    assert edges.opening + sum(delta for _kind, delta in deltas) == edges.closing.quantity
    if edges.last == row.version:
        assert edges.closing == (row.quantity, row.held, row.sold, row.drawn)


def happen(stage: Stage, chance: Random, times: int) -> None:
    """Plans, transfers, terms, sales, what ends them, releases: refused or not."""
    bookings: list[int] = []
    channels = list(stage.channels)
    drawing: list[dict[str, Any]] = [{"group": "Partners"}, {"draws": Draws.GENERAL}, {}]

    def sell() -> None:
        lines = [(chance.choice(["Ticket", "Bundle"]), chance.randint(1, 6))]
        channel = chance.choice(channels)
        if chance.random() < 0.5:
            bookings.append(stage.hold(lines, channel))
        else:
            bookings.append(id_of(stage.sell(lines, channel)))

    def give_back() -> None:
        if bookings:
            sales.cancel(chance.choice(bookings), by=SYSTEM, reason="test")

    def move() -> None:
        pool = chance.choice(list(stage.pools.values()))
        rows = list(Stock.objects.filter(pool=pool, kind__in=("CHANNEL", "OPEN")).order_by("pk"))
        source, target = chance.sample(rows, 2)
        transfer(source, target, chance.randint(1, 9))

    def draw() -> None:
        stage.draw(chance.choice(channels), chance.choice(list(stage.pools)))

    def plan() -> None:
        ends = timezone.now() - timedelta(minutes=1) if chance.random() < 0.5 else None
        lines = [
            line(
                stage,
                channel,
                chance.randint(0, 8),
                releases_at=ends,
                **dict(chance.choice(drawing)),
            )
            for channel in channels
        ]
        pool = chance.choice(list(stage.pools))
        apply(
            stage,
            *lines,
            group("Partners", chance.randint(0, 5)),
            pool=pool,
            now=timezone.now() - timedelta(hours=1),
        )

    def release() -> None:
        release_pool(chance.choice(list(stage.pools.values())).pk, timezone.now())

    acts = [sell] * 10 + [give_back] * 5 + [move] * 4 + [draw, plan, plan, release, release]
    for _time in range(times):
        with suppress(RefusedError):
            chance.choice(acts)()


def spread(stage: Stage, chance: Random) -> None:
    """Put the acts some hours apart, as in life: days begin and end between them."""
    del stage
    moment = timezone.now()
    for at in sorted(set(Movement.objects.values_list("at", flat=True)), reverse=True):
        with unguarded():
            execute("UPDATE allocations_movement SET at = %s WHERE at = %s", str(moment), str(at))
        moment -= timedelta(minutes=chance.randint(1, 500))


@pytest.mark.parametrize("kind", [MovementKind.MOVE, MovementKind.SELL])
def test_a_statement_that_does_not_add_up_is_never_shown(stage: Stage, kind: str) -> None:
    stage.sell([("Ticket", 31)], "hotel")
    with unguarded():
        execute(
            "UPDATE allocations_movement SET delta_quantity = delta_quantity + 1"
            " WHERE stock_id = %s AND kind = %s",
            *(stage.row(channel="hotel").pk, kind),
        )
    with pytest.raises(StatementError):
        read(stage, "hotel")


def test_a_ledger_that_ends_elsewhere_than_the_stock_is_noticed(stage: Stage) -> None:
    row = stage.row()
    with unguarded():
        execute(
            "UPDATE allocations_movement SET quantity = quantity + 1"
            " WHERE stock_id = %s AND version = %s",
            *(row.pk, row.version),
        )
    with pytest.raises(StatementError):
        read(stage)


def test_its_cost_and_size_do_not_grow_with_sales(stage: Stage) -> None:
    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            lines = sum(len(part.lines) for part in read(stage, "hotel").pools)
        return len(queries), lines

    stage.sell([("Ticket", 31)], "hotel")
    transfer(stage.row(), stage.row(channel="hotel"), 1)
    stage.sell([("Ticket", 2)], "hotel")
    before = asked()
    for _sale in range(5):
        stage.sell(channel="hotel")
        transfer(stage.row(), stage.open_row(), 1)
    assert asked() == before
