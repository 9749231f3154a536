"""The one door itself: groups, refusals with every row, and what is planned on old terms."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from allocations import ledger
from allocations.enums import MovementKind
from allocations.errors import RowRefusal, SetupChangedError, StockRefusedError
from allocations.ledger import Balance, Entry, Group
from allocations.models import Movement, Stock
from common.actor import SYSTEM
from tests.factories import Counters, Stage, counters, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "desk"), give={("GA", "web"): 10})


def move(source: Stock, target: Stock, units: int) -> Group:
    entries = (Entry(source.pk, quantity=-units), Entry(target.pk, quantity=units))
    return Group(MovementKind.MOVE, entries)


@pytest.mark.django_db(transaction=True)
def test_it_is_called_inside_the_documents_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        ledger.post([], by=SYSTEM)


def test_each_group_is_applied_whole_or_refused_whole(stage: Stage) -> None:
    web, desk, general = stage.row(), stage.row(channel="desk"), stage.open_row()
    groups = [move(web, desk, 6), move(web, desk, 5), move(web, general, 4), move(desk, web, 7)]
    posting = ledger.post(groups, by=SYSTEM, reason="test")
    first, second, third, fourth = posting.verdicts
    assert (first, third) == (None, None)
    assert isinstance(second, StockRefusedError)
    assert second.rows == (RowRefusal(web.pk, "STOCK", 5, 4),)
    assert isinstance(fourth, StockRefusedError)
    assert fourth.rows == (RowRefusal(desk.pk, "STOCK", 7, 6),)
    assert set(posting.balances) == {
        Balance(general.pk, stage.event.pk, 3, 94, 0, 0, 0),
        Balance(web.pk, stage.event.pk, 3, 0, 0, 0, 0),
        Balance(desk.pk, stage.event.pk, 1, 6, 0, 0, 0),
    }
    assert [counters(row).quantity for row in (general, web, desk)] == [94, 0, 6]


def test_entries_of_one_row_are_summed_and_what_cancels_out_is_no_movement(stage: Stage) -> None:
    web = stage.row()
    entries = [Entry(web.pk, sold=2), Entry(web.pk, sold=-2)]
    with nothing_changed():
        posting = ledger.post_one(Group(MovementKind.AMEND, entries), by=SYSTEM)
    assert (posting.verdicts, posting.balances) == ([None], [])
    entries = [Entry(web.pk, held=2), Entry(web.pk, held=3)]
    assert Group(MovementKind.HOLD, entries).to_json()["entries"] == [[web.pk, 0, 5, 0]]


def test_a_refusal_names_every_row_that_says_no(stage: Stage) -> None:
    web, desk = stage.row(), stage.row(channel="desk")
    stage.draw("web", ceiling=12)
    group = Group(MovementKind.HOLD, [Entry(web.pk, held=13), Entry(desk.pk, held=1)])
    with nothing_changed(), pytest.raises(StockRefusedError) as caught:
        ledger.post_one(group, by=SYSTEM)
    assert set(caught.value.rows) == {
        RowRefusal(web.pk, "CEILING", 13, 12),
        RowRefusal(desk.pk, "STOCK", 1, 0),
    }
    assert caught.value.detail == "13 units were asked for, 12 are free."


def hold_one(stage: Stage, *, versions_ago: int) -> Group:
    stage.event.refresh_from_db()
    return Group(
        MovementKind.HOLD,
        [Entry(stage.row().pk, held=1)],
        event_id=stage.event.pk,
        config_version=stage.event.config_version - versions_ago,
    )


def test_a_group_planned_on_an_old_set_up_is_not_decided(stage: Stage) -> None:
    other = make_stage()
    old, new = hold_one(stage, versions_ago=1), hold_one(other, versions_ago=0)
    stale, done = ledger.post([old, new], by=SYSTEM).verdicts
    assert isinstance(stale, SetupChangedError)
    assert done is None
    assert stage.counters() == Counters(10, 0, 0, 0)
    assert other.counters() == Counters(100, 1, 0, 0)
    with nothing_changed(), pytest.raises(SetupChangedError):
        ledger.post_one(old, by=SYSTEM)


def test_a_row_that_is_not_there_is_an_error(stage: Stage) -> None:
    group = Group(MovementKind.HOLD, [Entry(0, held=1)])
    with pytest.raises(IntegrityError, match="There is no stock row 0"), transaction.atomic():
        ledger.post_one(group, by=SYSTEM)


@pytest.mark.parametrize("counter", ["held", "sold"])
def test_more_given_back_than_was_taken_is_refused_and_stops_no_other(
    stage: Stage, counter: str
) -> None:
    wrong = Group(MovementKind.RELEASE, [Entry(stage.row().pk, **{counter: -1})])
    right = Group(MovementKind.SELL, [Entry(stage.row().pk, sold=1)])
    with transaction.atomic():
        refused, done = ledger.post([wrong, right], by=SYSTEM).verdicts
    assert isinstance(refused, StockRefusedError)
    assert refused.rows == (RowRefusal(stage.row().pk, "USED", 1, 0),)
    assert done is None
    assert stage.counters() == Counters(10, 0, 1, 0)


def test_an_order_beyond_all_numbers_is_refused_with_its_numbers(stage: Stage) -> None:
    huge = Group(MovementKind.SELL, [Entry(stage.row().pk, sold=5_000_000_000)])
    with pytest.raises(StockRefusedError) as caught, transaction.atomic():
        ledger.post_one(huge, by=SYSTEM)
    assert caught.value.rows == (RowRefusal(stage.row().pk, "STOCK", 5_000_000_000, 10),)


def test_one_call_carries_a_thousand_sales(stage: Stage) -> None:
    stage.draw()
    entry = Entry(stage.row().pk, sold=1)
    groups = [Group(MovementKind.SELL, [entry], document_id=number) for number in range(1_000)]
    before = Movement.objects.count()
    posting = ledger.post(groups, by=SYSTEM)
    assert [verdict is None for verdict in posting.verdicts] == [True] * 100 + [False] * 900
    refusal = posting.verdicts[-1]
    assert isinstance(refusal, StockRefusedError)
    assert refusal.rows == (RowRefusal(stage.row().pk, "OPEN", 1, 0),)
    assert stage.counters() == Counters(100, 0, 100, 90)
    assert Movement.objects.count() == before + 100 + 90


def test_the_moment_of_a_movement_is_after_the_lock(stage: Stage) -> None:
    before = timezone.now()
    stage.sell()
    movement = Movement.objects.latest("pk")
    assert before < movement.at < timezone.now()
    assert_reconciled()
