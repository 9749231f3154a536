"""How a sale is tried, how often, and what it costs."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event, Thread
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocations import ledger
from allocations.errors import RowRefusal
from allocations.models import Stock
from common.actor import SYSTEM
from common.errors import RefusedError
from idempotency import answers
from idempotency.answers import Answer, Repeat
from idempotency.errors import BusyError, IdempotencyInFlightError
from idempotency.models import StoredAnswer
from sales import booking_sql
from sales import services as sales
from sales.errors import SoldOutError
from sales.expiry import expire_due, prospects_of
from sales.models import Booking, BookingLine
from sales.orders import LineChange, OrderLine
from tests.factories import Stage, id_of, let_expire, make_stage
from tests.proofs import execute, nothing_changed


@pytest.mark.django_db
def test_a_sale_planned_on_an_old_set_up_is_planned_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage()
    post_one, waiting = ledger.post_one, [True]

    def change_first(group: ledger.Group, **terms: object) -> ledger.Posting:
        if waiting and waiting.pop():
            stage.event.save()
        return post_one(group, **terms)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "post_one", change_first)
    stage.sell()
    assert Booking.objects.count() == 1


class TestWhileAnotherHoldsTheLock:
    """Each on a second connection that has locked something and does not let go."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def locked(self, settings: Any) -> Iterator[Callable[[str], None]]:
        """Execute a statement elsewhere, and stay before its commit until the test is over."""
        over = Event()
        threads: list[Thread] = []

        def lock(statement: str) -> None:
            done = Event()

            def hold() -> None:
                with transaction.atomic():
                    execute(statement)
                    done.set()
                    over.wait(30)
                connections.close_all()

            threads.append(Thread(target=hold, daemon=True))
            threads[-1].start()
            assert done.wait(30)

        settings.LOCK_TIMEOUT_MS = 100
        yield lock
        over.set()
        for thread in threads:
            thread.join(30)
        connection.close()

    def test_a_sale_that_waits_too_long_for_stock_is_told_so(
        self, locked: Callable[[str], None]
    ) -> None:
        stage = make_stage()
        locked("SELECT FROM allocations_stock FOR UPDATE")
        with nothing_changed(), pytest.raises(BusyError) as caught:
            stage.sell()
        assert caught.value.status == 503

    def test_a_repetition_that_waits_too_long_for_the_first_is_told_so(
        self, locked: Callable[[str], None]
    ) -> None:
        stage = make_stage()
        hold = stage.hold()
        locked(
            "INSERT INTO idempotency_storedanswer (scope, key, fingerprint, body)"
            " VALUES ('channel:1', 'key', '', '')"
        )
        repeat = Repeat.of("channel:1", "key", b"body")
        with nothing_changed(), pytest.raises(IdempotencyInFlightError):
            sales.book(stage.order(), by=SYSTEM, repeat=repeat)
        with nothing_changed(), pytest.raises(IdempotencyInFlightError):
            sales.confirm(hold, by=SYSTEM, repeat=repeat)

    def test_a_sweep_passes_over_holds_that_another_has(
        self, locked: Callable[[str], None]
    ) -> None:
        stage = make_stage()
        first, second = stage.hold(), stage.hold()
        let_expire(first, second)
        locked(f"SELECT FROM sales_booking WHERE id = {first} FOR UPDATE")
        assert expire_due() == 1
        assert Booking.objects.get(pk=second).status == "EXPIRED"
        assert Booking.objects.get(pk=first).status == "ON_HOLD"


@pytest.mark.django_db
def test_another_error_of_the_database_is_not_taken_for_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repeat = Repeat.of("channel:1", "key", b"body")
    broken = MagicMock()
    broken.cursor.return_value.__enter__.return_value.execute.side_effect = OperationalError
    acts: dict[ModuleType, Callable[[], object]] = {
        answers: lambda: answers.claim(repeat),
        booking_sql: lambda: booking_sql.insert(Booking(), [], Answer(201, "{}"), repeat),
    }
    for module, act in acts.items():
        monkeypatch.setattr(module, "connection", broken)
        with pytest.raises(OperationalError):
            act()


def statements(act: Callable[[], object]) -> list[str]:
    """What is sent to the database, by its first words."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [" ".join(re.findall(r"\w+", found["sql"])[:2]) for found in captured.captured_queries]


ONE_SALE = ["BEGIN", "SELECT e", "WITH answer", "SELECT allocations_post", "COMMIT"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize("confirm", [True, False])
def test_a_sale_is_three_statements_in_a_transaction(lines: int, *, confirm: bool) -> None:
    stage = make_stage(
        pools={"GA": 100, "Car park": 100},
        items={"Bundle": {"GA": 1, "Car park": 1}, "Ticket": {"GA": 1}, "Parking": {"Car park": 1}},
        give={("GA", "web"): 1, ("Car park", "web"): 1},
    )
    stage.draw()
    stage.draw(pool="Car park")
    stage.sell([("Bundle", 1)])  # the set-up is read once; from now on each unit is drawn
    order = stage.order([(item, 2) for item in list(stage.items)[:lines]], confirm=confirm)
    repeat = Repeat.of("channel:1", "key", b"body")
    assert statements(lambda: sales.book(order, by=SYSTEM, repeat=repeat)) == ONE_SALE
    assert statements(lambda: sales.book(order, by=SYSTEM, repeat=repeat)) == [
        "BEGIN",
        "SELECT e",
        "ROLLBACK",
    ]


@pytest.mark.django_db(transaction=True)
def test_each_change_is_one_call_of_the_ledger_and_its_last_statement() -> None:
    stage: Stage = make_stage(items={"Ticket": {"GA": 1}, "Pair": {"GA": 2}})
    hold = stage.hold([("Ticket", 3), ("Pair", 1)])
    added = OrderLine(stage.items["Pair"].pk, 1)
    for act in (
        lambda: sales.amend(hold, by=SYSTEM, changes=[LineChange(1, 5)], additions=[added]),
        lambda: sales.confirm(hold, by=SYSTEM),
        lambda: sales.amend(hold, by=SYSTEM, changes=[LineChange(1, 2)], additions=[added]),
        lambda: sales.cancel(hold, by=SYSTEM, reason="test", lines={1: 1, 2: 1}),
        lambda: sales.cancel(hold, by=SYSTEM, reason="test"),
    ):
        sent = statements(act)
        assert sent.count("SELECT allocations_post") == 1
        assert sent[-2:] == ["SELECT allocations_post", "COMMIT"]


@pytest.mark.django_db(transaction=True)
def test_a_refused_sale_leaves_no_row_at_all() -> None:
    stage = make_stage(pools={"GA": 1})
    with nothing_changed(), pytest.raises(SoldOutError):
        sales.book(
            stage.order([("Ticket", 2)], confirm=True),
            by=SYSTEM,
            repeat=Repeat.of("channel:1", "key", b"body"),
        )
    assert (Booking.objects.count(), BookingLine.objects.count()) == (0, 0)
    assert StoredAnswer.objects.count() == 0
    assert Stock.objects.get(channel=stage.channels["web"]).version == 1
    assert id_of(stage.sell())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "terms",
    [
        {"draws_from": timezone.now() + timedelta(days=1)},
        {"draws_until": timezone.now() - timedelta(days=1)},
        {"ceiling": 12},
    ],
    ids=["before its window", "after its window", "at its ceiling"],
)
def test_what_a_row_may_not_draw_is_no_room_for_another_try(terms: dict[str, Any]) -> None:
    stage = make_stage(give={("GA", "web"): 10})
    stage.draw(**terms)

    def refused() -> None:
        with pytest.raises(RefusedError):
            stage.sell([("Ticket", 13)])

    assert statements(refused).count("SELECT allocations_post") == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_row_may_draw_by_now_is_worth_another_try() -> None:
    stage = make_stage(give={("GA", "web"): 10})
    stage.draw(ceiling=13)
    rows = [RowRefusal(stage.row().pk, "CEILING", units, 12) for units in (13, 14)]
    assert prospects_of(stage.event.pk, rows[:1]).room
    assert not prospects_of(stage.event.pk, rows[1:]).room
