"""Of those who ask the same question at the same moment, one asks for all."""

from collections.abc import Callable, Hashable
from threading import Event, Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class _Flight(Generic[V]):
    """One fetching of an answer, and those who wait for it."""

    def __init__(self) -> None:
        self.landed = Event()
        self.answer: V | None = None
        self.following: _Flight[V] | None = None


class Shared(Generic[V]):
    """Fetches answers so that no two fetchings of the same one overlap.

    Nobody gets an answer that is older than their question: whoever comes while one is being
    fetched waits for the next, which one of those who wait fetches for all of them.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._flying: dict[Hashable, _Flight[V]] = {}

    def get(self, key: Hashable, fetch: Callable[[], V]) -> V:
        with self._guard:
            before = self._flying.get(key)
            if before is None:
                mine = self._flying[key] = _Flight[V]()
                leads = True
            else:
                leads = before.following is None
                mine = before.following = before.following or _Flight[V]()
        if not leads:
            mine.landed.wait()
            # Who fetched it has failed: then everybody learns for themselves why.
            return fetch() if mine.answer is None else mine.answer
        if before is not None:
            before.landed.wait()
        try:
            mine.answer = answer = fetch()
        finally:
            self._land(key, mine)
        return answer

    def _land(self, key: Hashable, flight: _Flight[V]) -> None:
        with self._guard:
            if flight.following is None:
                del self._flying[key]
            else:
                self._flying[key] = flight.following
        flight.landed.set()
