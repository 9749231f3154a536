"""Behind a pooler in transaction mode nothing that a session keeps can be relied upon, and nothing is."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections, transaction

from common.actor import SYSTEM
from common.database import Connection
from events.models import Event
from exchange.progress import LOCK, only_worker
from idempotency.errors import BusyError
from sales import services as sales
from sales.expiry import expire_due
from sales.models import Booking
from tests.allocations.plans import specs
from tests.concurrency.race import locked
from tests.factories import Counters, let_expire, make_event, make_stage, make_venue
from tests.planning.configuration.wishes import amounts, previewed
from tests.pooler import TransactionPooler
from tests.proofs import assert_reconciled
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _pooler() -> Iterator[None]:
    """The database is reached through the pooler, by this process's own pool."""
    values = connection.settings_dict
    direct = {name: values[name] for name in ("HOST", "PORT")}
    address = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(values)
    with TransactionPooler(address) as pooler:
        connect_to(HOST="127.0.0.1", PORT=str(pooler.port))
        try:
            yield
        finally:
            connect_to(**direct)


def connect_to(**place: str) -> None:
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]  # of its PostgreSQL class
    connection.settings_dict.update(place)


def lock_timeout() -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


def test_each_transaction_bounds_its_waits_for_locks(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOCK_TIMEOUT_MS = 300
    assert {lock_timeout() for _ in range(8)} == {"300ms"}
    stage = make_stage()
    with locked("SELECT id FROM allocations_stock FOR UPDATE"), pytest.raises(BusyError):
        stage.sell()
    assert Booking.objects.count() == 0
    monkeypatch.setattr(Connection, "_start_query", psycopg.Connection._start_query)
    assert lock_timeout() == "0"  # the control


def test_one_process_imports_at_a_time() -> None:
    with only_worker() as first, only_worker() as second:
        assert first is not None
        assert second is None
    with only_worker() as third:
        assert third is not None


def test_control_a_lock_of_the_session_keeps_nobody_away() -> None:
    def is_free() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
            return bool(cursor.fetchone()[0])

    assert is_free()
    connection.close()
    until(is_free, "the lock that nobody has given back is free")


def test_rows_are_read_in_parts_without_a_cursor_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    venue = make_venue()
    for _ in range(5):
        make_event(venue)
    assert len(list(Event.objects.iterator(chunk_size=2))) == 5
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", False)
    with pytest.raises(ProgrammingError, match="does not exist"):  # the control
        list(Event.objects.iterator(chunk_size=2))


def test_bookings_live_and_end_as_ever() -> None:
    stage = make_stage()
    hold, over = stage.hold(), stage.hold([("Ticket", 3)])
    sales.confirm(hold, by=SYSTEM)
    let_expire(over)
    assert expire_due() == 1
    stage.sell([("Ticket", 99)])
    sales.cancel(hold, by=SYSTEM, reason="Ill")
    assert stage.counters() == Counters(100, 0, 99, 0)
    assert_reconciled()


def test_previews_are_right_and_leave_nothing_in_sessions_that_others_get_next() -> None:
    stage = make_stage(channels=("web", "agent"), give={})
    specs.apply(stage, specs.line(stage, "web", 40), specs.line(stage, "agent", 40))
    pool = stage.pools["GA"].pk
    for web in range(50, 58):  # more than the pooler has sessions
        outcome = previewed(stage, amounts(stage, web=web)).pools[pool].outcome
        assert outcome is not None
        assert web in {change.place.quantity for change in outcome.changes}
        stage.sell()  # writes, and finds the tables
    assert stage.counters() == Counters(40, 0, 8, 0)
    assert_reconciled()
