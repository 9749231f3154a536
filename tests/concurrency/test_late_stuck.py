"""A stock row that somebody keeps is felt by the late sales of its pool, and by no other."""

from collections.abc import Sequence

import pytest

from allocations.models import SalesChannel, Stock
from common.actor import SYSTEM
from exchange.sales_files.booking import book_file
from exchange.sales_files.reading import read_file
from idempotency.answers import Repeat
from idempotency.errors import BusyError
from idempotency.models import StoredAnswer
from offline import passing_by
from offline.enums import FileState
from offline.models import Report, Sync
from offline.sync import sync
from tests.concurrency.race import errors_of, locked, race
from tests.factories import Stage
from tests.offline.selling import give_back, make_kiosk, report, sale
from tests.proofs import assert_reconciled, execute


@pytest.fixture
def stage() -> Stage:
    """A kiosk that sells of two pools, of which somebody is going to keep the second."""
    execute("SET lock_timeout = '300ms'")
    return make_kiosk(
        pools={"GA": 50, "VIP": 50},
        items={"Ticket": {"GA": 1}, "Lounge": {"VIP": 1}},
    )


def keeping(stage: Stage, pool: str = "VIP") -> str:
    rows = Stock.objects.filter(pool=stage.pools[pool]).values_list("pk")
    return f"{rows.query} FOR UPDATE"


def told(results: Sequence[object]) -> dict[str, str]:
    return {entry["client_id"]: entry["result"] for entry in results}  # type: ignore[index]


def mixed(stage: Stage) -> list[dict[str, object]]:
    """Two sales of each pool, and a return of each that was made before."""
    sales = [
        sale(stage, "T1", 2),
        sale(stage, "L1", 1, "Lounge"),
        sale(stage, "T2"),
        sale(stage, "L2", 3, "Lounge"),
    ]
    returns = [give_back("RT", "T0"), give_back("RL", "L0"), give_back("RL1", "L1")]
    return report(stage, sales, returns)  # type: ignore[return-value]


def test_only_the_sales_of_the_stuck_pool_are_left_and_counted_once_later(stage: Stage) -> None:
    report(stage, [sale(stage, "T0"), sale(stage, "L0", 1, "Lounge")])
    with locked(keeping(stage)):
        first = told(mixed(stage))
    taken, left = {"T1", "T2", "RT"}, {"L1", "L2", "RL", "RL1"}
    assert first == dict.fromkeys(taken, "ACCEPTED") | dict.fromkeys(left, "LATER")
    assert not Report.objects.filter(client_id__in=left).exists()
    assert (stage.counters("GA").sold, stage.counters("VIP").sold) == (3, 1)
    assert told(mixed(stage)) == dict.fromkeys(taken, "DUPLICATE") | dict.fromkeys(left, "ACCEPTED")
    assert (stage.counters("GA").sold, stage.counters("VIP").sold) == (3, 3)
    assert_reconciled()


def test_control_without_passing_by_the_whole_call_waits(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing_by, "stuck_rows", lambda _rows: set())
    with locked(keeping(stage)), pytest.raises(BusyError):
        mixed(stage)
    assert not Sync.objects.exists()
    assert stage.counters("GA").sold == 0


def test_the_same_call_under_the_same_key_is_done_and_not_answered_from_memory(
    stage: Stage,
) -> None:
    repeat = Repeat.of("test", "one", b"body")
    sales = [sale(stage, "T1"), sale(stage, "L1", 1, "Lounge"), sale(stage, "L1", 1, "Lounge")]
    with locked(keeping(stage)):
        results = report(stage, sales, repeat=repeat)
    assert [found["result"] for found in results] == ["ACCEPTED", "LATER", "LATER"]
    assert results[1]["problem"] == {
        "code": "BUSY",
        "detail": "Somebody keeps its stock at this moment. Nothing was done; send it again.",
        "numbers": {},
    }
    assert not StoredAnswer.objects.exists()
    again = [found["result"] for found in report(stage, sales, repeat=repeat)]
    assert again == ["DUPLICATE", "ACCEPTED", "DUPLICATE"]
    assert StoredAnswer.objects.count() == 1


def test_a_call_of_the_stuck_pool_alone_is_refused_as_busy(stage: Stage) -> None:
    with locked(keeping(stage)), pytest.raises(BusyError, match="Somebody keeps the stock"):
        report(stage, [sale(stage, "L1", 1, "Lounge")])
    assert not Sync.objects.exists()


def test_four_at_once_with_a_stuck_pool_book_each_sale_once(stage: Stage) -> None:
    with locked(keeping(stage)):
        outcomes = race(
            [
                lambda: report(
                    stage,
                    [sale(stage, "L1", 1, "Lounge"), *(sale(stage, f"T{n}") for n in range(20))],
                )
            ]
            * 4
        )
    assert errors_of(outcomes, BusyError) == []
    assert stage.counters("GA").sold == 20
    assert told(report(stage, [sale(stage, "L1", 1, "Lounge")])) == {"L1": "ACCEPTED"}
    assert (stage.counters("GA").sold, stage.counters("VIP").sold) == (20, 1)
    assert_reconciled()


def test_a_sales_file_books_all_others_and_goes_on_later(stage: Stage) -> None:
    channel = SalesChannel.objects.select_related("venue").get(pk=stage.channels["web"].pk)
    name = stage.event.name
    rows = [f"{name},,Ticket,2,,A1,", f"{name},,Lounge,3,,A2,", f"{name},,Ticket,1,,A3,"]
    content = "\n".join(["event,date,item,quantity,price,reference,time", *rows]).encode()
    file = read_file(channel=channel, name="a.csv", content=content, by=SYSTEM)
    with locked(keeping(stage)), pytest.raises(BusyError, match="stock of 1 sales"):
        book_file(file, by=SYSTEM)
    assert (stage.counters("GA").sold, stage.counters("VIP").sold) == (3, 0)
    file.refresh_from_db()
    assert file.state != FileState.DONE
    book_file(file, by=SYSTEM)
    assert (stage.counters("GA").sold, stage.counters("VIP").sold) == (3, 3)
    file.refresh_from_db()
    assert file.state == FileState.DONE
    assert sync(channel.pk, [], by=SYSTEM).status == 200
    assert_reconciled()
