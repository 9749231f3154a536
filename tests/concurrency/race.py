"""Threads that meet the database at the same moment, each on a connection of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier, Event, Thread
from typing import Generic, TypeVar

from django.db import connection, connections, transaction

T = TypeVar("T")

# The server's processes behind the sellers of the races so far.
_backends: set[int] = set()

# Longer than any race takes; a race that hangs fails here, with a traceback.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a job returned, or the error that it raised."""

    value: T | None = None
    error: Exception | None = None


def race(jobs: Sequence[Callable[[], T]]) -> list[Outcome[T]]:
    """Run each job in a thread of its own, all from the same moment; outcomes in order of jobs."""
    barrier = Barrier(len(jobs))
    outcomes: list[Outcome[T]] = [Outcome() for _ in jobs]

    def run(index: int, job: Callable[[], T]) -> None:
        try:
            connection.ensure_connection()
            _backends.add(connection.connection.info.backend_pid)
            barrier.wait(PATIENCE)
            outcomes[index] = Outcome(job())
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            outcomes[index] = Outcome(error=error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=found, daemon=True) for found in enumerate(jobs)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "the race has not ended"
    return outcomes


def errors_of(outcomes: Sequence[Outcome[T]], *expected: type[Exception]) -> list[Exception]:
    """The errors that nobody expected: a test compares them with ``[]``."""
    return [
        found.error
        for found in outcomes
        if found.error is not None and not isinstance(found.error, expected)
    ]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.005)


def await_event(event: Event) -> None:
    assert event.wait(PATIENCE), "the event never came"


def waiting_for_locks() -> int:
    """Sessions of this database that wait for a lock at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def deadlocks() -> int:
    """Deadlocks in this database ever. A session reports its own when it ends: wait for that."""

    def all_ended() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)", [list(_backends)]
            )
            return int(cursor.fetchone()[0]) == 0

    wait_until(all_ended)
    _backends.clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@contextmanager
def changed_function(name: str, old: str, new: str) -> Iterator[None]:
    """Replace ``old`` by ``new`` in a database function, and nothing else, for a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        original = cursor.fetchone()[0]
        changed = original.replace(old, new)
        assert changed != original, f"{name} has no {old!r}"
        cursor.execute(changed)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(original)


@contextmanager
def locked(*statements: str) -> Iterator[None]:
    """Somebody else's transaction has the locks that these statements take, and does not end."""
    holding, let_go = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                holding.set()
                await_event(let_go)
        finally:
            connections.close_all()

    thread = Thread(target=hold, daemon=True)
    thread.start()
    await_event(holding)
    try:
        yield
    finally:
        let_go.set()
        thread.join()
