"""Waiting for a condition, never for a length of time."""

import time
from collections.abc import Callable

PAUSE = 0.02


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Returns as soon as `condition` holds; fails, naming `what`, when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise AssertionError(f"after {seconds:g} seconds still waiting until {what}")
        time.sleep(PAUSE)
