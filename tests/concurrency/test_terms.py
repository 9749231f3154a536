"""Prices, stops, drawing terms, listings and capacities that change while tickets are sold."""

from collections.abc import Callable
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from allocations import ledger, services
from allocations.errors import CapacityError
from allocations.models import Listing, SalesChannel
from common.actor import SYSTEM
from events.models import Event as EventModel
from events.models import Item
from sales.errors import SoldOutError, StopSellError
from sales.models import Booking, BookingLine
from tests.concurrency.race import await_event, errors_of, race, wait_until, waiting_for_locks
from tests.concurrency.selling import sell_two, wait_for_more
from tests.factories import Counters, Stage, counters, make_stage
from tests.proofs import assert_reconciled


def test_a_sale_that_meets_new_drawing_terms_at_its_lock_is_planned_anew() -> None:
    stage = make_stage(give={("GA", "web"): 10})
    stage.draw()
    with transaction.atomic():
        other = services.named_row(pool=stage.pools["GA"], name="partners")
        services.move_quantity(
            source=stage.open_row(), target=other, units=50, by=SYSTEM, reason="test"
        )
    web, changed = stage.row(), Event()

    def change() -> None:
        with transaction.atomic():
            services.set_drawing(row=web, draws_on=other, by=SYSTEM, reason="test")
            changed.set()
            # The sale has seen the old terms, and waits for the row that we have.
            wait_until(lambda: waiting_for_locks() == 1)

    def sell() -> None:
        await_event(changed)
        stage.sell([("Ticket", 20)])

    outcomes = race([change, sell])
    assert errors_of(outcomes) == []
    assert stage.counters() == Counters(20, 0, 20, 10)
    assert (stage.open_row().quantity, counters(other).quantity) == (40, 40)
    assert_reconciled()


def test_a_listing_is_not_deleted_under_a_sale_that_has_its_stock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    listing, sold = stage.listing(), Event()
    post_one = ledger.post_one

    def stay_before_commit(group: ledger.Group, **terms: Any) -> ledger.Posting:
        posting = post_one(group, **terms)
        sold.set()
        wait_until(lambda: waiting_for_locks() == 1)
        return posting

    def delete() -> None:
        await_event(sold)
        listing.delete()

    monkeypatch.setattr(ledger, "post_one", stay_before_commit)
    sale, deletion = race([lambda: sell_two(stage), delete])
    assert sale.error is None
    assert isinstance(deletion.error, IntegrityError)
    assert Listing.objects.filter(pk=listing.pk).exists()
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
