"""How often a change is tried, and what means another try."""

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from idempotency.answers import Answer
from idempotency.errors import BusyError, TryAgainError
from idempotency.retry import TRIES, attempt


def test_work_is_tried_again_so_often_and_then_given_up(db: None) -> None:
    tries: list[int] = []

    def work() -> Answer:
        tries.append(1)
        raise TryAgainError

    with pytest.raises(BusyError, match="keeps changing"):
        attempt(work)
    assert len(tries) == TRIES


@pytest.mark.parametrize(("broken", "tries"), [(1, 2), (TRIES, TRIES)], ids=["once", "always"])
def test_a_deadlock_that_the_database_broke_means_another_try(
    broken: int, tries: int, db: None
) -> None:
    tried: list[int] = []

    def work() -> Answer:
        tried.append(1)
        if len(tried) <= broken:
            raise OperationalError from DeadlockDetected()
        return Answer(201, "{}")

    if broken == TRIES:
        with pytest.raises(BusyError):
            attempt(work)
    else:
        assert attempt(work) == Answer(201, "{}")
    assert len(tried) == tries


def test_an_error_of_the_database_is_not_hidden(db: None) -> None:
    def work() -> Answer:
        raise OperationalError

    with pytest.raises(OperationalError):
        attempt(work)
