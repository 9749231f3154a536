"""Many sellers, too few tickets: the last one is sold once."""

import pytest

from sales.models import Booking
from tests.concurrency.race import changed_function, errors_of, race
from tests.concurrency.selling import seller
from tests.factories import Counters, Stage, make_stage
from tests.proofs import assert_reconciled

SELLERS = 32


def three_items() -> Stage:
    return make_stage(
        pools={"GA": 300}, items={"Adult": {"GA": 1}, "Child": {"GA": 1}, "Senior": {"GA": 1}}
    )


def assert_32_sellers_sell_exactly_300(stage: Stage) -> None:
    items = list(stage.items)
    outcomes = race([seller(stage, [(items[number % 3], 1)]) for number in range(SELLERS)])
    # A seller stops at SOLD_OUT: every other answer would be among these errors.
    assert errors_of(outcomes) == []
    assert sum(found.value or 0 for found in outcomes) == 300
    assert Booking.objects.filter(event=stage.event).count() == 300
    assert stage.counters() == Counters(300, 0, 300, 0)
    assert_reconciled()


def test_32_sellers_of_3_items_sell_exactly_the_300_there_are() -> None:
    assert_32_sellers_sell_exactly_300(three_items())


def test_control_without_the_ledgers_lock_the_same_race_fails() -> None:
    """Every CHECK, trigger and unique constraint stays: it is the lock that the race is about."""
    with (
        changed_function("allocations_post", " FOR UPDATE", ""),
        pytest.raises(
            AssertionError, match=r"movement_version_once_per_row|through the ledger alone"
        ),
    ):
        assert_32_sellers_sell_exactly_300(three_items())
    assert_32_sellers_sell_exactly_300(three_items())


def test_bundles_and_family_packs_exceed_neither_of_two_pools() -> None:
    stage = make_stage(
        pools={"GA": 200, "Car park": 30},
        items={
            "Ticket": {"GA": 1},
            "With parking": {"GA": 1, "Car park": 1},
            "Family pack": {"GA": 4},
        },
    )
    items = list(stage.items)
    outcomes = race([seller(stage, [(items[number % 3], 1)]) for number in range(SELLERS)])
    assert errors_of(outcomes) == []
    tickets, bundles, packs = (
        sum(found.value or 0 for found in outcomes[index::3]) for index in range(3)
    )
    # Whoever sells single tickets stops only when none is left.
    assert tickets + bundles + 4 * packs == 200
    assert stage.counters("GA") == Counters(200, 0, 200, 0)
    assert stage.counters("Car park") == Counters(30, 0, bundles, 0)
    assert_reconciled()


@pytest.mark.parametrize(
    "cart",
    [[("Adult", 1), ("Child", 2)], [("Adult", 1), ("Adult", 2)]],
    ids=["two items of the pool", "one item twice"],
)
def test_a_cart_that_names_a_pool_twice_loses_no_unit(cart: list[tuple[str, int]]) -> None:
    stage = make_stage(pools={"GA": 150}, items={"Adult": {"GA": 1}, "Child": {"GA": 1}})
    outcomes = race([seller(stage, cart) for _ in range(16)])
    assert errors_of(outcomes) == []
    assert sum(found.value or 0 for found in outcomes) == 50
    assert stage.counters() == Counters(150, 0, 150, 0)
    assert_reconciled()


@pytest.mark.parametrize("channels", [2, 8])
def test_channels_that_draw_on_one_open_row_share_it_to_the_last_unit(channels: int) -> None:
    names = [f"shop-{number}" for number in range(channels)]
    stage = make_stage(pools={"GA": 150}, channels=names, give={("GA", name): 5 for name in names})
    for name in names:
        stage.draw(name, ceiling=20 if name == "shop-0" else None)
    outcomes = race([seller(stage, [("Ticket", 1)], name) for name in names * (16 // channels)])
    assert errors_of(outcomes) == []
    assert sum(found.value or 0 for found in outcomes) == 150
    rows = {name: stage.counters(channel=name) for name in names}
    assert rows["shop-0"].quantity <= 20
    for row in rows.values():
        assert row == Counters(row.sold, 0, row.sold, row.sold - 5)
    assert stage.open_row().quantity == 0
    assert_reconciled()
