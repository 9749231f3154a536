"""Protection levels as they are published, and the plan that keeps them."""

from planning.whatif.recommend import PriceClass, protection_levels


def test_the_levels_are_those_of_the_published_example() -> None:
    prices = (1200, 1000, 800, 600, 400, 200)
    means = (31.2, 10.9, 14.8, 19.9, 26.9, 36.3)
    deviations = (11.2, 6.6, 7.7, 8.9, 10.4, 12.0)
    classes = [PriceClass(*numbers) for numbers in zip(prices, means, deviations, strict=True)]
    assert protection_levels(classes) == [0, 20, 35, 54, 80, 117]


def test_nothing_is_kept_for_a_class_that_nobody_asks_for() -> None:
    classes = [PriceClass(1000, 0, 0), PriceClass(500, 50, 5)]
    assert protection_levels(classes) == [0, 0]
