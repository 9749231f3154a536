"""What sellers in a race do."""

from collections.abc import Callable
from random import Random
from threading import Event

from sales.errors import SoldOutError
from tests.concurrency.race import wait_until
from tests.factories import Lines, Stage


def sell_until_sold_out(stage: Stage, lines: Lines, channel: str = "web") -> int:
    """Sell one cart again and again; returns how often, when the first refusal comes."""
    done = 0
    while True:
        try:
            stage.sell(lines, channel)
        except SoldOutError:
            return done
        done += 1


def seller(stage: Stage, lines: Lines, channel: str = "web") -> Callable[[], int]:
    """The same as a job for a race."""
    return lambda: sell_until_sold_out(stage, lines, channel)


def chance_of(seed: int | str) -> Random:
    """Choices that are the same in each run."""
    return Random(seed)  # noqa: S311 - not for secrets


def sell_two(stage: Stage) -> None:
    stage.sell([("Ticket", 2)])


def wait_for_more(done: list[int], over: Event) -> None:
    """Wait until the sellers have done a little more, or are at their end."""
    enough = len(done) + 3
    wait_until(lambda: over.is_set() or len(done) >= enough)
