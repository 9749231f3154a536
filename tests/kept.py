"""Fixtures that stay from one test to the next.

A stage takes dozens of statements, and most tests of a file begin with the same one. What a fixture made by
`@kept` has written stays in a transaction around the tests that ask for it, and each of them works in a
savepoint of its own: it finds the rows as they were made, and its own changes are undone. A test that does not
ask for the fixture does not see its rows. For a test that commits (`transactional_db`) it is made anew.

What such a fixture returns is the test's own, a copy for each.
"""

import asyncio
import functools
import inspect
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from django.test import TestCase
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from allocations import setup

Make = Callable[..., Any]

COMMITTING = {"transactional_db", "live_server"}


class Level(NamedTuple):
    """The rows of one fixture: in the outer transaction, or in a savepoint within those before it."""

    name: str
    make: Make
    made: Any
    atomics: Any


_levels: list[Level] = []
# Of all levels together: what two of them share stays one object.
_pickled = b""
# What the test that runs has been given.
_given: dict[str, Any] = {}


def kept(make: Make) -> Any:
    """A fixture of rows in the database. It may ask for other kept fixtures, and for `db`."""

    @functools.wraps(make)
    def fixture(request: pytest.FixtureRequest, **needed: Any) -> Any:
        name = make.__name__
        return _given[name] if name in _given else make(**needed)

    itself = inspect.signature(make)
    first = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    fixture.__signature__ = itself.replace(  # type: ignore[attr-defined]
        parameters=[first, *itself.parameters.values()]
    )
    fixture.kept = make  # type: ignore[attr-defined]
    return pytest.fixture(fixture)


def wanted(item: pytest.Item | None) -> dict[str, Make]:
    """The kept fixtures of a test, those first that others ask for; none where the test commits."""
    found: dict[str, Make] = {}
    names = getattr(item, "fixturenames", ())
    if item is None or _commits(item):
        return found
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]

    def add(name: str) -> None:
        make = getattr(definitions[name][-1].func, "kept", None) if name in definitions else None
        if make is not None and name not in found:
            for needed in inspect.signature(make).parameters:
                add(needed)
                assert needed in {"db", *found}, (
                    f"{name} is kept, and asks for {needed}, which is not"
                )
            found[name] = make

    for name in names:
        add(name)
    return found


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    marked = marker is not None and bool(marker.kwargs.get("transaction"))
    return marked or not COMMITTING.isdisjoint(item.fixturenames)  # type: ignore[attr-defined]


def _in_a_loop() -> bool:
    """Whether Playwright has left its event loop running: with it, Django's connection is another one."""
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return True
    return False


@pytest.fixture
def _kept_rows(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """What the test asks for is there, before a transaction of its own begins."""
    global _pickled  # noqa: PLW0603 - there is one connection, too
    makes = {} if _in_a_loop() else wanted(request.node)
    with django_db_blocker.unblock():
        for name, make in makes.items():
            if name not in {level.name for level in _levels}:
                _add(name, make)
                _pickled = pickle.dumps({level.name: level.made for level in _levels})
    if makes:
        # Versions that the test before has used up come again, with another content.
        setup._kept.clear()
        _given.update(pickle.loads(_pickled))  # noqa: S301 - our own
    yield
    _given.clear()


def _add(name: str, make: Make) -> None:
    made = {level.name: level.made for level in _levels}
    atomics = TestCase._enter_atomics()  # type: ignore[attr-defined]
    try:
        result = make(**{each: made.get(each) for each in inspect.signature(make).parameters})
    except BaseException:
        TestCase._rollback_atomics(atomics)  # type: ignore[attr-defined]
        raise
    _levels.append(Level(name, make, result, atomics))


def release(item: pytest.Item, following: pytest.Item | None) -> None:
    """Undo the rows that were made last, until those are left that the following test asks for."""
    if _levels:
        makes = wanted(following)
        blocker = item.config.stash[blocking_manager_key]
        with blocker.unblock():
            while any(makes.get(level.name) is not level.make for level in _levels):
                TestCase._rollback_atomics(_levels.pop().atomics)  # type: ignore[attr-defined]
