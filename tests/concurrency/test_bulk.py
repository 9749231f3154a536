"""Bulk sales among ordinary ones: the last ticket is sold once."""

import pytest

from common.actor import SYSTEM
from idempotency.answers import Answer
from sales.bulk import book_many
from sales.errors import SoldOutError
from tests.concurrency.race import changed_function, errors_of, race
from tests.concurrency.selling import seller
from tests.factories import Counters, Stage, make_stage
from tests.proofs import assert_reconciled


def sell_in_bulk(stage: Stage, each: int) -> int:
    """Sell lots of ``each`` orders until one is refused; returns the tickets sold."""
    done = 0
    while True:
        orders = [stage.order([("Ticket", 1 + number % 3)], confirm=True) for number in range(each)]
        found = book_many(orders, by=SYSTEM)
        done += sum(1 + number % 3 for number, one in enumerate(found) if isinstance(one, Answer))
        refused = [one for one in found if not isinstance(one, Answer)]
        assert {type(one) for one in refused} <= {SoldOutError}
        if refused:
            return done


def assert_all_sell_exactly_400(stage: Stage) -> None:
    bulk = [lambda each=each: sell_in_bulk(stage, each) for each in (3, 20, 50)]
    outcomes = race([*bulk, *[seller(stage, [("Ticket", 1)])] * 8])
    assert errors_of(outcomes) == []
    # Whoever sells single tickets stops only when none is left.
    assert sum(found.value or 0 for found in outcomes) == 400
    assert stage.counters() == Counters(400, 0, 400, 0)
    assert_reconciled()


def test_bulk_and_ordinary_sales_sell_exactly_what_there_is() -> None:
    for _ in range(3):
        assert_all_sell_exactly_400(make_stage(pools={"GA": 400}))


def test_control_without_the_ledgers_lock_the_same_race_fails() -> None:
    with (
        changed_function("allocations_post", " FOR UPDATE", ""),
        pytest.raises(
            AssertionError, match=r"movement_version_once_per_row|through the ledger alone"
        ),
    ):
        assert_all_sell_exactly_400(make_stage(pools={"GA": 400}))
