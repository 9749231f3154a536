"""After a question about rows as they would be the session is as before, however the question ended."""

from collections.abc import Callable
from contextlib import nullcontext

import pytest
from django.db import DataError, OperationalError, connection, transaction

from allocations.models import Stock
from common.as_if import as_if
from events.models import Event
from tests.factories import Stage, make_stage
from tests.proofs import execute

pytestmark = pytest.mark.django_db(transaction=True)

STATE = """
SELECT pg_backend_pid(), current_setting('search_path'), current_setting('statement_timeout'),
       current_setting('transaction_read_only'), coalesce(current_setting('finlo.as_if', true), ''),
       (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema())
"""


def state() -> tuple[object, ...]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STATE)
        row: tuple[object, ...] = cursor.fetchone()
        return row


def quantity(stage: Stage) -> int:
    return Stock.objects.get(pk=stage.row().pk).quantity


def nothing() -> None:
    pass


def an_error_of_ours() -> None:
    raise KeyError


def an_error_of_the_database() -> None:
    execute("SELECT 1 / 0")


def too_long() -> None:
    execute("SELECT pg_sleep(60)")


@pytest.mark.parametrize(
    ("middle", "error"),
    [
        (nothing, None),
        (an_error_of_ours, KeyError),
        (an_error_of_the_database, DataError),
        (too_long, OperationalError),
    ],
)
def test_nothing_of_it_is_left_in_the_session(
    monkeypatch: pytest.MonkeyPatch, middle: Callable[[], None], error: type[Exception] | None
) -> None:
    monkeypatch.setattr("common.as_if.PATIENCE", "500ms" if middle is too_long else "5s")
    stage = make_stage()
    before, then = state(), stage.row()
    then.quantity = 7
    with pytest.raises(error) if error else nullcontext(), as_if([then]):
        assert quantity(stage) == 7
        middle()
    assert state() == before
    assert quantity(stage) == 100
    Event.objects.filter(pk=stage.event.pk).update(name="Another")
    assert Event.objects.get(pk=stage.event.pk).name == "Another"


def test_within_another_transaction_it_undoes_itself_alone() -> None:
    stage = make_stage()
    with transaction.atomic():
        Event.objects.filter(pk=stage.event.pk).update(name="Another")
        with as_if([stage.row()]):
            assert Event.objects.get(pk=stage.event.pk).name == "Another"
        assert quantity(stage) == 100
        Event.objects.filter(pk=stage.event.pk).update(name="A third")
    assert Event.objects.get(pk=stage.event.pk).name == "A third"
