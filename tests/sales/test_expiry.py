"""Holds whose time is over: ended once, in batches, and before a sale is refused for them."""

import pytest
from django.utils import timezone

from allocations import ledger
from allocations.enums import MovementKind
from allocations.errors import SetupChangedError
from allocations.models import Movement
from common.actor import SYSTEM
from sales import services as sales
from sales import tasks
from sales.enums import BookingStatus
from sales.errors import SoldOutError
from sales.expiry import BATCH, expire_due
from sales.models import Booking
from tests.factories import Counters, Stage, id_of, let_expire, make_stage
from tests.kept import kept
from tests.proofs import assert_reconciled, execute, nothing_changed

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage()


def status_of(booking: int) -> str:
    return Booking.objects.values_list("status", flat=True).get(pk=booking)


def test_a_hold_ends_when_its_time_is_over_and_not_before(stage: Stage) -> None:
    over, live = stage.hold([("Ticket", 2)]), stage.hold([("Ticket", 3)])
    past = let_expire(over)
    assert expire_due() == 1
    assert expire_due() == 0
    assert (status_of(over), status_of(live)) == ("EXPIRED", "ON_HOLD")
    ended = Booking.objects.get(pk=over)
    assert ended.expires_at == past
    assert ended.ended_at is not None
    assert ended.ended_at > past
    line = Movement.objects.get(document_id=over, kind=MovementKind.EXPIRE)
    assert (line.reason, line.user_id, line.delta_held) == ("hold expired", None, -2)
    assert stage.counters() == Counters(100, 3, 0, 0)
    assert_reconciled()


def test_a_sweep_takes_so_many_and_leaves_the_rest(stage: Stage) -> None:
    let_expire(*(stage.hold() for _ in range(5)))
    assert [expire_due(batch=2) for _ in range(4)] == [2, 2, 1, 0]
    assert stage.counters() == Counters(100, 0, 0, 0)


def test_a_sweep_of_one_event_leaves_the_others(stage: Stage) -> None:
    other = make_stage()
    holds = [stage.hold(), other.hold()]
    let_expire(*holds)
    assert expire_due(event_id=other.event.pk) == 1
    assert [status_of(hold) for hold in holds] == ["ON_HOLD", "EXPIRED"]
    assert expire_due() == 1


def test_the_task_ends_all_there_are(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sales.expiry.BATCH", 2)
    let_expire(*(stage.hold() for _ in range(3)))
    assert tasks.expire_holds() == 3
    assert tasks.expire_holds() == 0


def test_the_task_gives_way_after_so_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sales.expiry.expire_due", lambda: BATCH)
    assert tasks.expire_holds() == tasks.MAX_BATCHES * BATCH


def test_a_hold_of_what_no_longer_counts_on_any_stock_is_logged_and_holds_up_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_stage()
    damaged, sound = stage.hold(), other.hold()
    let_expire(damaged, sound)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE events_component DISABLE TRIGGER sales_component_frozen")
    execute("DELETE FROM events_component WHERE item_id = %s", stage.items["Ticket"].pk)
    execute("ALTER TABLE events_component ENABLE TRIGGER sales_component_frozen")
    assert expire_due() == 1
    assert (status_of(damaged), status_of(sound)) == ("ON_HOLD", "EXPIRED")
    assert f"Booking {damaged} cannot expire" in caplog.text


def test_a_sale_finds_room_in_holds_that_are_over_and_not_swept(stage: Stage) -> None:
    over = stage.hold([("Ticket", 100)])
    let_expire(over)
    stage.sell([("Ticket", 100)])
    assert status_of(over) == BookingStatus.EXPIRED
    assert stage.counters() == Counters(100, 0, 100, 0)
    assert_reconciled()


def test_a_sale_that_is_too_large_even_so_is_refused_with_the_numbers_after(stage: Stage) -> None:
    over = stage.hold([("Ticket", 30)])
    stage.sell([("Ticket", 60)])
    let_expire(over)
    with pytest.raises(SoldOutError) as caught:
        stage.sell([("Ticket", 41)])
    assert caught.value.numbers == {"asked": 41, "sellable": 40, "limited_by": "stock"}
    assert status_of(over) == BookingStatus.EXPIRED


def test_what_expires_returns_to_the_open_row_it_was_drawn_from() -> None:
    stage = make_stage(give={("GA", "web"): 10})
    stage.draw()
    let_expire(stage.hold([("Ticket", 25)]))
    assert stage.open_row().quantity == 75
    expire_due()
    assert stage.counters() == Counters(10, 0, 0, 0)
    assert stage.open_row().quantity == 90
    assert_reconciled()


def answer_with(monkeypatch: pytest.MonkeyPatch, verdict: ledger.Verdict) -> None:
    monkeypatch.setattr(
        ledger,
        "post",
        lambda groups, **_: ledger.Posting([verdict for _ in groups], timezone.now()),
    )


def test_a_hold_whose_set_up_changes_at_this_moment_is_left_for_the_next_round(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = stage.hold()
    let_expire(over)
    with monkeypatch.context() as patch:
        answer_with(patch, SetupChangedError())
        with nothing_changed():
            assert expire_due() == 0
    assert expire_due() == 1


def test_a_hold_that_disagrees_with_its_stock_is_logged_and_holds_up_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, sound = stage.hold(), stage.hold()
    let_expire(damaged, sound)
    execute("UPDATE sales_bookingline SET quantity = 90 WHERE booking_id = %s", damaged)
    assert expire_due() == 1
    assert (status_of(damaged), status_of(sound)) == ("ON_HOLD", "EXPIRED")
    assert f"Booking {damaged} cannot expire" in caplog.text
    assert expire_due() == 0


def test_a_sale_is_never_ended_by_a_sweep(stage: Stage) -> None:
    sold = id_of(stage.sell())
    kept = stage.hold()
    sales.confirm(kept, by=SYSTEM)
    assert expire_due() == 0
    assert (status_of(sold), status_of(kept)) == ("CONFIRMED", "CONFIRMED")
