"""Waiting for a condition, never for a length of time."""

import time
from collections.abc import Callable

PAUSE, LONGEST_PAUSE = 0.02, 0.5


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Returns once `condition` holds; fails, naming `what`, when it never does.

    Who has waited for long waits a tenth of it until the next look: a look may ask a database, and fifty
    in a second take a whole processor from what is waited for.
    """
    started = time.monotonic()
    while not condition():
        waited = time.monotonic() - started
        if waited >= seconds:
            raise AssertionError(f"after {seconds:g} seconds still waiting until {what}")
        time.sleep(min(max(PAUSE, waited / 10), LONGEST_PAUSE))
