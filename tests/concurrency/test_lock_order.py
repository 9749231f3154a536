"""Everything at once, in every order: nobody waits for somebody who waits for him.

The fixture of this folder compares PostgreSQL's own count of deadlocks after each test.
"""

from tests.concurrency.mix import CHANNELS, Mix, three_pools
from tests.concurrency.race import errors_of, race
from tests.concurrency.selling import chance_of
from tests.factories import Stage
from tests.proofs import assert_reconciled


def sell_in_any_order(stage: Stage, seed: int, carts: int) -> None:
    chance = chance_of(seed)
    for _ in range(carts):
        items = chance.sample(list(stage.items), chance.randint(2, 4))
        stage.sell([(item, chance.randint(1, 2)) for item in items], chance.choice(CHANNELS))


def test_a_thousand_carts_in_opposite_orders_cause_no_deadlock() -> None:
    stage = three_pools(20_000)
    outcomes = race(
        [lambda seed=seed: sell_in_any_order(stage, seed, 60) for seed in range(16)]  # type: ignore[misc]
    )
    assert errors_of(outcomes) == []
    assert_reconciled()


def test_set_up_changes_while_carts_are_sold_in_every_order_cause_no_deadlock() -> None:
    mix = Mix(three_pools(400), sellers=8, rounds=10)
    outcomes = mix.run()
    assert errors_of(outcomes) == []
    assert all(mix.changes.values()), "every change has happened while tickets were sold"
    assert sum(found.value or 0 for found in outcomes[:8]) > 0
    assert_reconciled()
