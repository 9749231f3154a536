"""What `manage.py prepare` sets in the database itself."""

from collections.abc import Iterator
from typing import Any, cast

import psycopg
import pytest
from django.db import connection
from psycopg import errors

from finlo_inventory.management.commands.prepare import bound_idle_transactions, bound_lock_waits
from tests.waiting import until

RESET = "ALTER ROLE CURRENT_USER IN DATABASE {} RESET ALL"


def connect() -> "psycopg.Connection[tuple[object, ...]]":
    """As a pooler does it: without any option of ours."""
    found = connection.settings_dict
    return psycopg.connect(
        host=found["HOST"],
        port=found["PORT"],
        user=found["USER"],
        password=found["PASSWORD"],
        dbname=found["NAME"],
    )


@pytest.fixture
def unset(transactional_db: None) -> Iterator[None]:
    statement = RESET.format(connection.ops.quote_name(str(connection.settings_dict["NAME"])))
    yield
    with connect() as other:
        other.execute(statement.encode())
    connection.close()
    cast("Any", connection).close_pool()  # what was opened meanwhile has it still


def test_a_transaction_of_a_frozen_process_lets_go_of_its_rows(unset: None) -> None:
    assert bound_idle_transactions(seconds=0.3)
    with connect() as frozen, connect() as other:
        frozen.execute("SELECT pg_advisory_xact_lock(4711)")
        take = "SELECT pg_try_advisory_xact_lock(4711)"
        assert other.execute(take).fetchone() == (False,)

        def is_free() -> bool:
            other.rollback()
            row = other.execute(take).fetchone()
            return row == (True,)

        until(is_free, "the lock is free")
        with pytest.raises((errors.IdleInTransactionSessionTimeout, psycopg.OperationalError)):
            frozen.execute("SELECT 1")


def test_what_an_operator_has_set_stays(unset: None) -> None:
    assert bound_idle_transactions(seconds=45)
    connection.close()
    cast("Any", connection).close_pool()  # it is for connections that are opened after it
    assert not bound_idle_transactions(seconds=1)
    with connect() as other:
        assert other.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("45s",)


def test_a_statement_outside_a_transaction_waits_for_a_lock_as_long_as_others(
    unset: None, settings: Any
) -> None:
    with connect() as before:
        assert before.execute("SHOW lock_timeout").fetchone() == ("0",)
    settings.LOCK_TIMEOUT_MS = 700
    assert bound_lock_waits()
    with connect() as after:
        assert after.execute("SHOW lock_timeout").fetchone() == ("700ms",)
