from collections.abc import Iterator
from typing import Any

import pytest
from django.test import TestCase

from demo.build import Built, build


@pytest.fixture(scope="class")
def small_season(django_db_setup: None, django_db_blocker: Any) -> Iterator[Built]:
    """Built for real, once for a class: the services take several seconds for it.

    Each test undoes its own changes; the season itself is undone after the last.
    """
    with django_db_blocker.unblock():
        # As Django's own tests do for a class: services that insist on their own transaction let it be.
        held: Any = TestCase._enter_atomics()  # type: ignore[attr-defined]
        try:
            yield build(small=True)
        finally:
            TestCase._rollback_atomics(held)  # type: ignore[attr-defined]
