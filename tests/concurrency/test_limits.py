"""Limits that come, change and go while tickets are sold."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from allocations import ledger
from common.actor import SYSTEM
from events.models import Item
from sales import limits
from sales import services as sales
from sales.errors import SoldOutError
from tests.concurrency.race import (
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.concurrency.selling import chance_of, sell_two, wait_for_more
from tests.factories import Counters, Stage, counters, make_stage
from tests.proofs import assert_reconciled

Change = Callable[[Stage, int | None], None]


def set_item_limit(stage: Stage, limit: int | None) -> None:
    with transaction.atomic():
        limits.set_item_limit(item=stage.items["Ticket"], limit=limit, by=SYSTEM, reason="test")


def set_listing_limit(stage: Stage, limit: int | None) -> None:
    with transaction.atomic():
        limits.set_listing_limit(listing=stage.listing(), limit=limit, by=SYSTEM, reason="test")


def limit_counters(stage: Stage, change: Change) -> Counters:
    return counters(stage.limit_row("Ticket", None if change is set_item_limit else "web"))


each_limit = pytest.mark.parametrize("change", [set_item_limit, set_listing_limit])


@each_limit
def test_a_limit_set_again_and_again_counts_every_sale_that_goes_on(change: Change) -> None:
    stage = make_stage(pools={"GA": 400})
    over = Event()
    booked: list[int] = []

    def sell(seed: int) -> None:
        chance = chance_of(seed)
        try:
            for _ in range(40):
                hold = stage.hold()
                booked.append(hold)
                step = chance.randrange(3)
                if step == 1:
                    sales.confirm(hold, by=SYSTEM)
                elif step == 2:
                    sales.cancel(hold, by=SYSTEM, reason="test")
        finally:
            over.set()

    def meddle() -> None:
        limit = 1_000
        while not over.is_set():
            change(stage, None if limit % 2 else limit)
            limit += 1
            # Whoever changes without a pause keeps every sale planning anew, until it says BUSY.
            wait_for_more(booked, over)
        change(stage, 1_001)

    outcomes = race([*(lambda seed=seed: sell(seed) for seed in range(6)), meddle])
    assert errors_of(outcomes) == []
    pool = stage.counters()
    assert limit_counters(stage, change)[1:3] == (pool.held, pool.sold)
    assert_reconciled()


@each_limit
def test_a_limit_that_comes_while_32_sell_is_never_exceeded(change: Change) -> None:
    stage = make_stage(pools={"GA": 300})
    sold_some = Event()

    def sell() -> int:
        done = 0
        try:
            while True:
                stage.sell()
                done += 1
                if done == 3:
                    sold_some.set()
        except SoldOutError as refusal:
            assert refusal.numbers["limited_by"] in {"item", "listing"}  # noqa: PT017 - an answer
            return done

    def limit() -> int:
        await_event(sold_some)
        change(stage, 250)
        return 0

    outcomes = race([sell] * 32 + [limit])
    assert errors_of(outcomes) == []
    assert sum(found.value or 0 for found in outcomes) == 250
    assert stage.counters() == Counters(300, 0, 250, 0)
    assert limit_counters(stage, change) == Counters(250, 0, 250, 0)
    assert_reconciled()


def sell_while_a_limit_comes(stage: Stage, change: Change, patch: pytest.MonkeyPatch) -> None:
    """A sale is planned without a limit; before it reaches the ledger, there is one."""
    planned, limited = Event(), Event()
    post_one = ledger.post_one

    def wait_for_the_limit(group: ledger.Group, **terms: Any) -> ledger.Posting:
        if group.document_id and not planned.is_set():
            planned.set()
            await_event(limited)
        return post_one(group, **terms)

    def limit() -> None:
        await_event(planned)
        change(stage, 10)
        limited.set()

    patch.setattr(ledger, "post_one", wait_for_the_limit)
    outcomes = race([lambda: sell_two(stage), limit])
    assert errors_of(outcomes) == []


@each_limit
def test_a_sale_planned_before_a_limit_is_planned_anew_under_it(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    sell_while_a_limit_comes(stage, change, monkeypatch)
    assert limit_counters(stage, change) == Counters(10, 0, 2, 0)
    assert_reconciled()


@each_limit
def test_control_without_the_version_check_that_sale_slips_past_the_limit(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    check = "e.config_version <> (g ->> 'config')::bigint"
    with changed_function("allocations_post", check, "false"):
        sell_while_a_limit_comes(stage, change, monkeypatch)
    assert limit_counters(stage, change) == Counters(10, 0, 0, 0)
    with pytest.raises(AssertionError):
        assert_reconciled()


@each_limit
def test_a_limit_waits_for_a_sale_that_has_its_stock_and_counts_it(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    sold = Event()
    post_one = ledger.post_one

    def stay_before_commit(group: ledger.Group, **terms: Any) -> ledger.Posting:
        posting = post_one(group, **terms)
        if group.document_id:
            sold.set()
            wait_until(lambda: waiting_for_locks() == 1)
        return posting

    def limit() -> None:
        await_event(sold)
        change(stage, 10)

    monkeypatch.setattr(ledger, "post_one", stay_before_commit)
    outcomes = race([lambda: sell_two(stage), limit])
    assert errors_of(outcomes) == []
    assert limit_counters(stage, change) == Counters(10, 0, 2, 0)
    assert_reconciled()


def test_two_people_who_set_one_limit_agree_with_the_counter() -> None:
    stage = make_stage()
    stage.sell([("Ticket", 3)])
    outcomes = race([partial(set_item_limit, stage, limit) for limit in (10, None, 20, 30) * 2])
    assert errors_of(outcomes) == []
    limit = Item.objects.get(pk=stage.items["Ticket"].pk).limit
    expected = Counters(0, 0, 0, 0) if limit is None else Counters(limit, 0, 3, 0)
    assert counters(stage.limit_row()) == expected
    assert_reconciled()
