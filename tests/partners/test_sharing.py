"""Questions that are asked at the same moment share an answer, and never an old one."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from partners.api.sharing import Shared


class Source:
    """An answer that is fetched step by step, and counts how often."""

    def __init__(self) -> None:
        self.fetched = 0
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def fetch(self) -> int:
        self.fetched += 1
        number = self.fetched
        self.begun.release()
        assert self.may_end.acquire(timeout=10)
        return number


def waiting(shared: Shared[int], count: int) -> None:
    """Return once so many wait for the next answer."""
    deadline = threading.Event()
    for _ in range(1000):
        flight = shared._flying["x"].following
        if flight is not None and len(flight.landed._cond._waiters) >= count:  # type: ignore[attr-defined]
            return
        deadline.wait(0.01)
    raise AssertionError


def test_who_comes_during_a_fetching_shares_the_next() -> None:
    shared, source = Shared[int](), Source()
    with ThreadPoolExecutor(8) as threads:

        def ask() -> Future[int]:
            return threads.submit(shared.get, "x", source.fetch)

        first = ask()
        assert source.begun.acquire(timeout=10)
        later = [ask() for _ in range(5)]
        waiting(shared, 4)  # the fifth of them waits to fetch
        source.may_end.release()
        assert source.begun.acquire(timeout=10)
        source.may_end.release()
        assert first.result(10) == 1
        assert [one.result(10) for one in later] == [2] * 5
    assert source.fetched == 2
    assert shared._flying == {}


def test_one_after_another_each_fetches() -> None:
    shared, source = Shared[int](), Source()
    source.may_end.release(3)
    assert [shared.get("x", source.fetch) for _ in range(3)] == [1, 2, 3]
    assert shared._flying == {}


def test_another_question_does_not_wait() -> None:
    shared, source = Shared[int](), Source()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(shared.get, "x", source.fetch)
        assert source.begun.acquire(timeout=10)
        assert shared.get("y", lambda: 7) == 7
        source.may_end.release()
        assert first.result(10) == 1


def test_a_failure_is_learned_by_each_for_themselves() -> None:
    shared, source = Shared[int](), Source()
    failing = threading.Semaphore(0)

    def fail() -> int:
        source.begun.release()
        assert failing.acquire(timeout=10)
        raise ConnectionError

    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(shared.get, "x", source.fetch)
        assert source.begun.acquire(timeout=10)
        second = threads.submit(shared.get, "x", fail)
        while shared._flying["x"].following is None:
            threading.Event().wait(0.01)
        third = threads.submit(shared.get, "x", source.fetch)
        waiting(shared, 1)
        source.may_end.release()
        assert source.begun.acquire(timeout=10)
        failing.release()
        source.may_end.release()
        assert first.result(10) == 1
        with pytest.raises(ConnectionError):
            second.result(10)
        assert third.result(10) == 2
    assert shared._flying == {}
