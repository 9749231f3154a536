"""How the benchmark of screens counts: each sale on each screen, from its commit."""

import pytest

from bench.screens import Sales, delays, percentile

SALES = Sales(asked=[10.00, 10.01, 10.02], answered=[10.03, 10.02, 10.05])


def test_each_sale_is_counted_once_on_each_screen() -> None:
    prompt = [(9.0, 7), (10.04, 9), (10.15, 10)]
    late = [(9.0, 6), (9.5, 7), (10.30, 10)]
    from_commit, from_request = delays([prompt, late], SALES, began=9.9)
    assert from_commit == pytest.approx([0.02, 0.01, 0.10, 0.28, 0.27, 0.25])
    assert from_request == pytest.approx([0.04, 0.03, 0.13, 0.30, 0.29, 0.28])
    assert percentile(from_commit, 0.99) == pytest.approx(280)


def test_a_screen_that_missed_a_sale_fails_the_run() -> None:
    with pytest.raises(RuntimeError, match="heard of 2 of 3"):
        delays([[(9.0, 7), (10.04, 9)]], SALES, began=9.9)
