"""What an item consists of changes while others sell it, list it, or sell from the same pool."""

from collections.abc import Callable
from threading import Event as Signal
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, transaction

from allocations import ledger
from allocations.services import list_item
from events.models import Component
from tests.concurrency.race import (
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.concurrency.selling import sell_two
from tests.factories import Stage, make_channel, make_item, make_stage
from tests.proofs import assert_reconciled


def stock_is_free(stage: Stage) -> bool:
    """Whether another connection could lock the channel's row."""
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM allocations_stock WHERE id = %s FOR UPDATE SKIP LOCKED",
                [stage.row().pk],
            )
            return cursor.fetchone() is not None
    finally:
        other.close()


def take_two(stage: Stage, item: str = "Ticket") -> None:
    component = Component.objects.get(item=stage.items[item])
    component.units = 2
    component.save()


def make_unlisted(stage: Stage) -> Callable[[], None]:
    """An item of the same pool that no channel lists; what changes it."""
    item = make_item(stage.event, "Unlisted", {stage.pools["GA"]: 1})
    return lambda: take_two(Stage(stage.event, stage.pools, {"Ticket": item}, stage.channels))


def test_an_item_that_no_channel_lists_lets_the_stock_alone() -> None:
    stage = make_stage()
    change = make_unlisted(stage)
    with transaction.atomic():
        change()
        assert stock_is_free(stage)
        make_item(stage.event, "New", {stage.pools["GA"]: 1})
        assert stock_is_free(stage)
    with transaction.atomic():
        take_two(stage)
        assert not stock_is_free(stage)


def sell_while_it_changes(stage: Stage, patch: pytest.MonkeyPatch) -> list[Exception]:
    """A sale has its stock and has not committed: the change waits for it, if it waits at all."""
    sold, changed = Signal(), Signal()
    post_one = ledger.post_one

    def stay_before_commit(group: ledger.Group, **terms: Any) -> ledger.Posting:
        posting = post_one(group, **terms)
        sold.set()
        wait_until(lambda: changed.is_set() or waiting_for_locks() == 1)
        return posting

    def change() -> None:
        await_event(sold)
        take_two(stage)
        changed.set()

    patch.setattr(ledger, "post_one", stay_before_commit)
    return errors_of(race([lambda: sell_two(stage), change]))


def test_a_listed_item_waits_for_the_sale_that_has_its_stock_and_is_frozen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    [error] = sell_while_it_changes(stage, monkeypatch)
    assert isinstance(error, IntegrityError)
    assert "has been sold: what it consists of can no longer change" in str(error)
    assert_reconciled()


def test_control_without_the_lock_of_stock_the_sale_is_counted_wrongly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    with changed_function("sales_component_frozen", "AND kind = 'CHANNEL'", "AND false"):
        assert sell_while_it_changes(stage, monkeypatch) == []
    with pytest.raises(AssertionError):
        assert_reconciled()


def test_a_listing_in_the_making_is_waited_for_and_seen() -> None:
    stage = make_stage()
    change = make_unlisted(stage)
    item = stage.event.items.get(name="Unlisted")
    listed = Signal()
    free: list[bool] = []

    def offer() -> None:
        with transaction.atomic():
            list_item(item=item, channel=stage.channels["web"], price=5)  # type: ignore[arg-type]
            listed.set()
            wait_until(lambda: waiting_for_locks() == 1)

    def take() -> None:
        await_event(listed)
        with transaction.atomic():
            change()
            free.append(stock_is_free(stage))

    assert errors_of(race([offer, take])) == []
    assert free == [False]


def test_nothing_is_listed_while_the_item_changes() -> None:
    """Not even by a write that asks for no lock: no sale can see the listing before."""
    stage = make_stage()
    change = make_unlisted(stage)
    item, channel = stage.event.items.get(name="Unlisted"), make_channel(stage.event.venue)
    changed = Signal()

    def take() -> None:
        with transaction.atomic():
            change()
            changed.set()
            wait_until(lambda: waiting_for_locks() == 1)

    def offer() -> None:
        await_event(changed)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO allocations_listing (event_id, item_id, channel_id, price, is_on,"
                " stop_reason) VALUES (%s, %s, %s, 5, true, '')",
                [stage.event.pk, item.pk, channel.pk],
            )

    assert errors_of(race([take, offer])) == []
    assert item.listings.count() == 1
