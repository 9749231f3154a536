from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from tests.concurrency.race import deadlocks


@pytest.fixture(autouse=True)
def _connections_of_their_own(transactional_db: None) -> Iterator[None]:
    """Each seller gets a real connection, not one of the few that the pool of a process has."""
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of its PostgreSQL class
    pooled = options.pop("pool")
    # What the pool's class of connections says with each transaction.
    options["options"] = f"-c lock_timeout={settings.LOCK_TIMEOUT_MS}"
    yield
    connection.close()
    del options["options"]
    options["pool"] = pooled


@pytest.fixture(autouse=True)
def _no_deadlock(_connections_of_their_own: None) -> Iterator[None]:
    """PostgreSQL breaks a deadlock by itself, and a retry could hide it: its own count cannot."""
    before = deadlocks()
    yield
    assert deadlocks() == before
