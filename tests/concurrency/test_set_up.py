"""Limits, stops, prices and capacities that change while tickets are sold."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from allocations import ledger, services
from allocations.errors import CapacityError
from allocations.models import Listing, SalesChannel
from common.actor import SYSTEM
from events.models import Event as EventModel
from events.models import Item
from sales import limits
from sales import services as sales
from sales.errors import SoldOutError, StopSellError
from sales.models import Booking, BookingLine
from tests.concurrency.race import (
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.concurrency.selling import chance_of
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


def wait_for_more(done: list[int], over: Event) -> None:
    """Wait until the sellers have done a little more, or are at their end."""
    enough = len(done) + 3
    wait_until(lambda: over.is_set() or len(done) >= enough)


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
    outcomes = race([lambda: stage.sell([("Ticket", 2)]), lambda: limit()])  # noqa: PLW0108 - two types
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
    outcomes = race([lambda: stage.sell([("Ticket", 2)]), lambda: limit()])  # noqa: PLW0108 - two types
    assert errors_of(outcomes) == []
    assert limit_counters(stage, change) == Counters(10, 0, 2, 0)
    assert_reconciled()


def set_terms_while_selling(stage: Stage, change: Callable[[], None]) -> list[tuple[bool, str]]:
    """Sell on 8 connections while ``change`` comes: (began after it?, price or refusal)."""
    sold_some, changed = Event(), Event()

    def sell() -> list[tuple[bool, str]]:
        answers: list[tuple[bool, str]] = []
        after = 0
        while after < 5:
            began_after = changed.is_set()
            after += began_after
            try:
                answer = stage.sell()
                answers.append((began_after, answer.data["lines"][0]["unit_price"]))
            except StopSellError:
                answers.append((began_after, "STOP_SELL"))
            if len(answers) == 5:
                sold_some.set()
        return answers

    def set_terms() -> list[tuple[bool, str]]:
        await_event(sold_some)
        change()
        changed.set()
        return []

    outcomes = race([sell] * 8 + [set_terms])
    assert errors_of(outcomes) == []
    return [answer for found in outcomes for answer in found.value or []]


def test_no_sale_that_begins_after_a_new_price_is_at_the_old_one() -> None:
    stage = make_stage(pools={"GA": 20_000})
    listing = stage.listing()

    def change() -> None:
        listing.price = Decimal(12)
        listing.save()

    answers = set_terms_while_selling(stage, change)
    assert {price for after, price in answers if after} == {"12.00"}
    assert "10.00" in {price for after, price in answers if not after}
    assert_reconciled()


@pytest.mark.parametrize("what", ["event", "channel", "item", "listing"])
def test_no_sale_that_begins_after_a_stop_sell_goes_through(what: str) -> None:
    stage = make_stage(pools={"GA": 20_000})
    parts: dict[str, EventModel | SalesChannel | Item | Listing] = {
        "event": stage.event,
        "channel": stage.channels["web"],
        "item": stage.items["Ticket"],
        "listing": stage.listing(),
    }
    stopped = parts[what]

    def change() -> None:
        stopped.stop_reason = "Storm"
        stopped.save(update_fields=["stop_reason"])

    answers = set_terms_while_selling(stage, change)
    assert {answer for after, answer in answers if after} == {"STOP_SELL"}
    assert Booking.objects.count() == [answer for _, answer in answers].count("10.00")
    assert_reconciled()


def test_a_capacity_shrinks_by_what_is_free_while_tickets_are_sold() -> None:
    stage = make_stage(pools={"GA": 300}, give={})
    stage.draw()
    pool = stage.pools["GA"]
    over = Event()
    sold: list[int] = []

    def sell() -> None:
        try:
            while True:
                stage.sell()
                sold.append(1)
        except SoldOutError:
            over.set()

    def shrink() -> int:
        taken = 0
        while True:
            wait_for_more(sold, over)
            try:
                with transaction.atomic():
                    pool.refresh_from_db()
                    services.set_capacity(
                        pool=pool, capacity=pool.capacity - 10, by=SYSTEM, reason="test"
                    )
            except CapacityError as refusal:
                assert int(str(refusal.numbers["free"])) < 10  # noqa: PT017 - an answer like any other
                return taken
            taken += 10

    outcomes = race([*[sell] * 8, shrink])
    assert errors_of(outcomes) == []
    taken = outcomes[-1].value or 0
    pool.refresh_from_db()
    assert taken > 0
    assert pool.capacity == 300 - taken == len(sold)
    assert stage.counters() == Counters(len(sold), 0, len(sold), len(sold))
    assert BookingLine.objects.count() == len(sold)
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
