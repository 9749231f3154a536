"""An import beside people who sell: whom it makes wait, from when on, and in which order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Event as Signal
from typing import Any, TypeVar

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model

from accounts.models import User
from allocations.services import add_pool
from common.actor import SYSTEM
from events.models import Item
from exchange.dry_run import Plan
from exchange.enums import RunState
from exchange.locks import lock_stock
from exchange.models import ImportRun
from exchange.services import confirm_import
from exchange.work import work
from tests.concurrency.race import await_event, errors_of, race, wait_until, waiting_for_locks
from tests.concurrency.selling import chance_of, wait_for_more
from tests.exchange.files import check, xlsx_bytes
from tests.factories import Stage, make_event, make_stage, make_user
from tests.proofs import assert_reconciled

T = TypeVar("T")
STARTS = datetime(2030, 12, 5, 14, 0, tzinfo=UTC)
Sheets = dict[str, list[dict[str, Any]]]


@pytest.fixture
def importer() -> User:
    return make_user(is_staff=True, is_superuser=True)


def key_of(stage: Stage) -> dict[str, Any]:
    event = stage.event
    starts_at = event.starts_at.astimezone(event.venue.zone)
    return {
        "venue": event.venue.slug,
        "event": event.name,
        "starts_at": starts_at.strftime("%Y-%m-%d %H:%M"),
    }


def confirmed(user: User, sheets: Sheets) -> ImportRun:
    """Checked, and waiting for a worker."""
    run = check(user, xlsx_bytes(sheets), "season.xlsx")
    assert run.state == RunState.READY, (run.message, run.problems)
    with transaction.atomic():
        confirm_import(run_id=run.pk, reason="test", user=user)
    return run


def assert_done(run: ImportRun) -> None:
    run.refresh_from_db()
    assert run.state == RunState.DONE, (run.message, run.problems)


@contextmanager
def somebody_else() -> Iterator[Any]:
    """A cursor on a connection of its own, in a transaction that is rolled back."""
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.rollback()
        other.close()


def free(rows: Sequence[Model], cursor: Any) -> list[int]:
    """Those of the rows that nobody has locked."""
    table = rows[0]._meta.db_table
    cursor.execute(
        f"SELECT id FROM {table} WHERE id = ANY (%s) ORDER BY id FOR UPDATE SKIP LOCKED",  # noqa: S608
        [[row.pk for row in rows]],
    )
    return [key for (key,) in cursor.fetchall()]


def import_while_held(run: ImportRun, held: Model, look: Callable[[Any], T]) -> T:
    """Import while somebody has ``held``; what is seen when the import waits for that row."""
    holding, seen = Signal(), []

    def hold() -> None:
        with somebody_else() as holder, somebody_else() as cursor:
            assert free([held], holder) == [held.pk]
            holding.set()
            wait_until(lambda: waiting_for_locks() == 1)
            seen.append(look(cursor))

    def start() -> None:
        await_event(holding)
        work()

    assert errors_of(race([start, hold])) == []
    assert_done(run)
    assert_reconciled()
    return seen[0]


def test_all_events_are_locked_in_order_and_before_channels(importer: User) -> None:
    """The file's first event is the last; its channel lists the first; the second has a pool."""
    stage = make_stage(starts_at=STARTS)
    venue, channel = stage.event.venue, stage.channels["web"]
    second, third = (make_event(venue, starts_at=STARTS, name=name) for name in ("B", "C"))
    with transaction.atomic():
        add_pool(event=second, name="GA", capacity=10, by=SYSTEM)
    key = key_of(stage)
    run = confirmed(
        importer,
        {
            "channels": [{"venue": venue.slug, "channel": "web", "settlement_days": 9}],
            "events": [{**key, "event": "C", "ends_at": "2031-01-01 10:00"}],
            "pools": [{**key, "event": "B", "pool": "GA", "position": 7}],
        },
    )
    found = import_while_held(
        run,
        third,
        lambda cursor: (free([stage.event, second], cursor), free([channel], cursor)),
    )
    assert found == ([], [channel.pk])


def test_a_venue_that_is_changed_concerns_its_events_too(importer: User) -> None:
    stage = make_stage(starts_at=STARTS)
    venue = stage.event.venue
    run = confirmed(importer, {"venues": [{"venue": venue.slug, "city": "Pune"}]})
    assert import_while_held(run, stage.event, lambda cursor: free([venue], cursor)) == [venue.pk]


# --- Stock ----------------------------------------------------------------------------------


def two_pools() -> Stage:
    """Bundles of two pools, and an item of each; the first pool's rows come first."""
    return make_stage(
        pools={"GA": 3_000, "Park": 3_000},
        items={"Bundle": {"GA": 1, "Park": 1}, "Ticket": {"GA": 1}, "Space": {"Park": 1}},
        give={("GA", "web"): 2_000, ("Park", "web"): 2_000},
        starts_at=STARTS,
    )


def limits(stage: Stage, number: int) -> Sheets:
    """A capacity and limits, what comes last in order of stock first."""
    key = key_of(stage)
    return {
        "pools": [{**key, "pool": "Park", "capacity": 3_000 + number}],
        "items": [{**key, "item": "Space", "limit": 5_000 + number}],
        "listings": [{**key, "item": "Ticket", "channel": "web", "limit": 6_000 + number}],
    }


def test_all_stock_is_locked_in_order_before_any_of_it_is_changed(importer: User) -> None:
    """The file begins with the last of it, which somebody has."""
    stage = two_pools()
    run = confirmed(importer, limits(stage, 1))
    rows = [stage.open_row("Park"), stage.row("GA"), stage.row("Park")]
    *before, last = sorted(rows, key=lambda row: row.pk)
    assert last == stage.row("Park")
    assert import_while_held(run, last, lambda cursor: free(before, cursor)) == []


def test_control_without_that_lock_the_rest_is_free(
    importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = two_pools()
    monkeypatch.setattr("exchange.apply.lock_stock", lambda _plan: None)
    run = confirmed(importer, limits(stage, 1))
    first, last = stage.row("GA"), stage.row("Park")
    assert import_while_held(run, last, lambda cursor: free([first], cursor)) == [first.pk]


def test_limits_and_capacities_come_in_while_bundles_are_sold(importer: User) -> None:
    stage = two_pools()
    over = Signal()
    sold: list[int] = []

    def sell(seed: int) -> None:
        chance = chance_of(seed)
        while not over.is_set():
            carts = [("Bundle", 1), ("Space", 1), ("Ticket", 1)]
            stage.sell(chance.sample(carts, 2))
            sold.append(seed)

    def bring_in() -> None:
        try:
            for number in range(1, 5):
                run = confirmed(importer, limits(stage, number))
                work()
                assert_done(run)
                wait_for_more(sold, over)
        finally:
            over.set()

    sellers: list[Callable[[], None]] = [partial(sell, seed) for seed in range(4)]
    outcomes = race([*sellers, bring_in])
    assert errors_of(outcomes) == []
    assert sold != []
    stage.items["Space"].refresh_from_db()
    assert stage.items["Space"].limit == 5_004
    assert_reconciled()


def test_what_is_only_being_made_locks_no_stock_that_sells(
    importer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new item, with a limit, of pools that sell, and its listing: to the very end."""
    stage = two_pools()
    key = key_of(stage)
    run = confirmed(
        importer,
        {
            "items": [{**key, "item": "New", "components": "GA:1 + Park:2", "limit": 50}],
            "listings": [{**key, "item": "New", "channel": "web", "price": "5", "limit": 20}],
        },
    )
    rows = [stage.row("GA"), stage.row("Park"), stage.open_row("GA"), stage.open_row("Park")]
    seen: list[list[int]] = []

    def look(plan: Plan) -> None:
        lock_stock(plan)
        with somebody_else() as cursor:
            seen.append(free(rows, cursor))

    monkeypatch.setattr("exchange.apply.lock_stock", look)
    work()
    assert_done(run)
    assert seen == [sorted(row.pk for row in rows)]
    new = Item.objects.get(name="New")
    assert (new.limit, new.listings.get().limit) == (50, 20)
    assert_reconciled()
