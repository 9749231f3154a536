"""Terminals that sync at the same moment, with one another and with live sales."""

from collections.abc import Sequence
from threading import Barrier

import pytest
from django.db import IntegrityError

from offline import records
from offline.decision import Decision
from offline.models import Report
from offline.reports import ReturnReport, SaleReport, SyncResultJson
from sales.errors import SoldOutError
from sales.models import Block, BlockLine, Booking
from tests.concurrency.race import PATIENCE, Outcome, errors_of, race
from tests.factories import Counters, Stage
from tests.offline.selling import give_back, make_kiosk, report, sale, take_lease
from tests.proofs import assert_reconciled

Results = list[SyncResultJson]


def same_at_once(stage: Stage, lease: Block, times: int = 6) -> list[Results]:
    """Thirty sales and ten returns of them, the whole call by so many at the same moment."""
    sales = [sale(stage, f"S{number}", 2) for number in range(30)]
    returns = [give_back(f"R{number}", f"S{number}") for number in range(10)]
    outcomes = race([lambda: report(stage, sales, returns, lease=lease)] * times)
    assert errors_of(outcomes) == []
    return [found.value or [] for found in outcomes]


def test_the_same_sync_by_six_at_once_counts_once() -> None:
    stage = make_kiosk(400)
    lease = take_lease(stage, [("Ticket", 40)])
    answers = same_at_once(stage, lease)
    firsts = [answer for answer in answers if answer[0]["result"] == "ACCEPTED"]
    assert len(firsts) == 1
    assert {result["result"] for result in firsts[0]} == {"ACCEPTED"}
    told = [[(found["client_id"], found["booking"]) for found in answer] for answer in answers]
    assert told == told[:1] * 6
    assert stage.counters() == Counters(400, 0, 40, 0)
    assert BlockLine.objects.get().sold == 40
    assert_reconciled()


def test_control_without_one_row_for_each_id_every_one_of_them_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each session claims the ids for a channel of its own, and so finds none of the others'."""
    stage = make_kiosk(400)
    lease = take_lease(stage, [("Ticket", 40)])
    apart = records._CLAIM.replace(" %(channel)s,", " %(channel)s + pg_backend_pid(),")
    assert apart != records._CLAIM
    monkeypatch.setattr(records, "_CLAIM", apart)
    same_at_once(stage, lease)
    assert stage.counters().sold == 6 * 40


def test_parts_and_copies_in_any_order_count_each_id_once() -> None:
    """No two wait for one another in a circle: the fixture counts deadlocks."""
    stage = make_kiosk(400)
    lease = take_lease(stage, [("Ticket", 70)])
    sales = [sale(stage, f"S{number:02}") for number in range(60)]
    returns = [give_back(f"R{number:02}", f"S{number:02}") for number in range(20)]
    parts: list[tuple[Sequence[SaleReport], Sequence[ReturnReport]]] = [
        (sales, returns),
        (sales[::-1], returns[::-1]),
        (sales[:30], returns[10:]),
        (sales[30:][::-1], returns[:10]),
        (sales[::2], ()),
        ((), returns),
    ]
    outcomes = race(
        [
            lambda part=part: report(stage, part[0], part[1], lease=lease)  # type: ignore[misc]
            for part in parts
        ]
    )
    assert errors_of(outcomes) == []
    report(stage)  # does the returns that came before their sales
    assert Report.objects.count() == 80
    assert set(Report.objects.values_list("outcome", flat=True)) == {"ACCEPTED"}
    assert (Booking.objects.count(), stage.counters().sold) == (60, 40)
    assert_reconciled()


def two_terminals(stage: Stage, lease: Block) -> list[Outcome[Results]]:
    """Each has sold 30 tickets from one lease of 40."""
    return race(
        [
            lambda name=name: report(  # type: ignore[misc]
                stage, [sale(stage, f"{name}-{number}", 3) for number in range(10)], lease=lease
            )
            for name in ("gate1", "gate2")
        ]
    )


def test_two_terminals_never_get_more_from_one_lease_than_it_has() -> None:
    stage = make_kiosk(40)
    lease = take_lease(stage, [("Ticket", 40)])
    outcomes = two_terminals(stage, lease)
    assert errors_of(outcomes) == []
    results = [result["result"] for found in outcomes for result in found.value or []]
    assert (results.count("ACCEPTED"), results.count("CONFLICT")) == (13, 7)
    assert BlockLine.objects.get().sold == 39
    assert stage.counters() == Counters(40, 1, 39, 0)
    assert_reconciled()


def test_control_without_the_lock_on_the_lease_one_of_them_takes_what_it_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database refuses that terminal's whole sync: what was sold of a lease never becomes less."""
    stage = make_kiosk(80)
    lease = take_lease(stage, [("Ticket", 40)])
    both_have_read = Barrier(2)
    make = Decision.make

    def after_both_have_read(decision: Decision) -> None:
        both_have_read.wait(PATIENCE)
        make(decision)

    monkeypatch.setattr(Decision, "make", after_both_have_read)
    monkeypatch.setattr(Block.objects, "select_for_update", lambda **_: Block.objects.all())
    [error] = errors_of(two_terminals(stage, lease))
    assert isinstance(error, IntegrityError)
    assert stage.counters() == Counters(80, 10, 30, 0)


def last_tickets() -> tuple[Stage, int, int]:
    """Two terminals sync twenty sales of two while four sell live; (stage, accepted, sold live) of 50."""
    stage = make_kiosk(50)
    lease = take_lease(stage, [("Ticket", 9)])

    def sell_live() -> int:
        done = 0
        try:
            while True:
                stage.sell()
                done += 1
        except SoldOutError:
            return done

    def terminal(name: str) -> int:
        accepted = 0
        for number in range(20):
            [found] = report(stage, [sale(stage, f"{name}-{number}", 2)], lease=lease)
            accepted += found["result"] == "ACCEPTED"
        return 2 * accepted

    outcomes = race([lambda: terminal("a"), lambda: terminal("b"), *[sell_live] * 4])
    assert errors_of(outcomes) == []
    counts = [found.value or 0 for found in outcomes]
    return stage, sum(counts[:2]), sum(counts[2:])


def test_syncs_and_live_sales_never_oversell_the_last_tickets() -> None:
    """What fails without the lock on stock, test_exhaustion.py shows of each sale."""
    stage, accepted, live = last_tickets()
    left = BlockLine.objects.get().left
    assert left <= 1
    assert accepted + live + left == 50
    assert stage.counters() == Counters(50, left, accepted + live, 0)
    assert_reconciled()
