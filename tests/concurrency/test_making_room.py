"""Tickets on holds that are over are as good as free, whoever is ending them at the moment."""

import pytest

from sales import expiry
from sales.errors import SoldOutError
from tests.concurrency.race import errors_of, race
from tests.factories import Counters, Stage, let_expire, make_stage
from tests.proofs import assert_reconciled

BUYERS = 16
HOLDS = 32


def overdue_holds_alone() -> Stage:
    """Every ticket is on a hold that is over and was not swept."""
    stage = make_stage(pools={"GA": HOLDS})
    let_expire(*(stage.hold([("Ticket", 1)]) for _ in range(HOLDS)))
    return stage


def refused(stage: Stage) -> list[Exception]:
    """What buyers of one ticket each are told, with the sweep at work among them."""
    buyers = [lambda: stage.sell([("Ticket", 1)])] * BUYERS
    outcomes = race([*buyers, *[lambda: expiry.expire_due(event_id=stage.event.pk)] * 2])
    return errors_of(outcomes)


def test_nobody_is_refused_while_there_are_overdue_holds_enough() -> None:
    for _ in range(5):
        stage = overdue_holds_alone()
        assert refused(stage) == []
        assert stage.counters() == Counters(HOLDS, 0, BUYERS, 0)
        assert_reconciled()


def test_control_without_waiting_for_other_sweeps_buyers_are_refused_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "sales.retry.make_room",
        lambda event_id, _rows, _now: expiry.expire_due(event_id=event_id) > 0,
    )
    found: list[Exception] = []
    for _ in range(50):
        found = refused(overdue_holds_alone())
        if found:
            break
    assert found
    assert {type(error) for error in found} == {SoldOutError}


def test_more_overdue_holds_than_one_batch_are_all_ended_for_one_sale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = expiry.expire_due
    monkeypatch.setattr(expiry, "expire_due", lambda *, event_id: real(event_id=event_id, batch=5))
    stage = overdue_holds_alone()
    stage.sell([("Ticket", HOLDS)])
    assert stage.counters() == Counters(HOLDS, 0, HOLDS, 0)
    assert_reconciled()
