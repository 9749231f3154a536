"""Reconcile finds every kind of difference: each is made here behind the guards' back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from sales import tasks
from sales.reconcile import CHECKS, all_checks, reconcile
from tests.factories import Stage, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, execute

pytestmark = pytest.mark.django_db

TABLES = (
    "allocations_stock",
    "allocations_movement",
    "sales_booking",
    "events_pool",
    "events_item",
    "events_component",
)


@contextmanager
def guards_off() -> Iterator[None]:
    """As after a restore from a damaged backup."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in TABLES:
        execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@kept
def stage() -> Stage:
    stage = make_stage(give={("GA", "web"): 60})
    stage.draw()
    stage.sell([("Ticket", 70)])
    stage.hold([("Ticket", 2)])
    return stage


def differing() -> set[str]:
    return {result.check.name for result in reconcile() if result.differences}


LAWFUL, CAPACITY, LIMITS, MOVEMENTS, BALANCES, BOOKINGS, KILLS = (check.name for check in CHECKS)

DAMAGES: dict[str, tuple[list[str], set[str]]] = {
    "a row oversold": (
        [
            "ALTER TABLE allocations_stock DROP CONSTRAINT stock_never_oversold",
            "UPDATE allocations_stock SET sold = 71 WHERE sold = 70",
        ],
        {LAWFUL, MOVEMENTS, BOOKINGS},
    ),
    "a hold counted as sold": (
        ["UPDATE allocations_stock SET held = 1, sold = 71 WHERE sold = 70"],
        {MOVEMENTS, BOOKINGS},
    ),
    "units out of nowhere": (
        ["UPDATE allocations_stock SET quantity = 29 WHERE kind = 'OPEN'"],
        {CAPACITY, MOVEMENTS},
    ),
    "another capacity": (["UPDATE events_pool SET capacity = 101"], {CAPACITY}),
    "a limit nobody counts": (['UPDATE events_item SET "limit" = 5'], {LIMITS}),
    "a version skipped": (
        ["UPDATE allocations_stock SET version = version + 1 WHERE kind = 'OPEN'"],
        {MOVEMENTS},
    ),
    "a movement lost": (
        ["DELETE FROM allocations_movement WHERE version = 1 AND kind = 'MOVE'"],
        {MOVEMENTS, BALANCES},
    ),
    "a balance rewritten": (
        ["UPDATE allocations_movement SET quantity = quantity + 1 WHERE kind = 'DRAW'"],
        {BALANCES},
    ),
    "a booking undone by hand": (
        ["UPDATE sales_booking SET status = 'EXPIRED', ended_at = now() WHERE status = 'ON_HOLD'"],
        {BOOKINGS},
    ),
    "units out of sale that nobody took out": (
        [
            """
            INSERT INTO allocations_stock (event_id, kind, pool_id, name, quantity, held, sold, drawn, version)
            SELECT event_id, 'KILLED', id, '', 4, 0, 0, 0, 0 FROM events_pool
            """,
        ],
        {CAPACITY, MOVEMENTS, KILLS},
    ),
    "an item without components": (["DELETE FROM events_component"], {BOOKINGS}),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_each_damage_is_found_and_logged_and_named(
    stage: Stage, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    statements, found_by = DAMAGES[damage]
    with guards_off():
        for statement in statements:
            execute(statement)
    assert differing() == found_by
    assert tasks.reconcile() >= len(found_by)
    assert {record.levelname for record in caplog.records} == {"ERROR"}
    with pytest.raises(CommandError, match="differences found") as caught:
        call_command("reconcile")
    assert caught.value.returncode == 1


def test_a_house_in_order_has_no_differences(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_reconciled()
    assert tasks.reconcile() == 0
    call_command("reconcile")
    printed = capsys.readouterr().out
    assert printed.count("✓") == len(all_checks())
    assert "✓ Counters are lawful (2 rows)" in printed
    assert "All agree" in printed
