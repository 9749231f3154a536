"""Transfers that are decided, and rules that fire, at the same moment and while tickets are sold."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Event
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.utils import timezone

from allocations import ledger
from common.actor import SYSTEM
from sales.errors import SoldOutError
from tests.concurrency.race import PATIENCE, await_event, errors_of, race
from tests.factories import Stage, make_stage, make_user
from tests.proofs import assert_reconciled
from transfers import services
from transfers.enums import TransferStatus
from transfers.errors import AlreadyDecidedError
from transfers.models import EventWatch, Transfer, TransferRule
from transfers.rules import evaluation
from transfers.rules.candidates import Candidate, candidates
from transfers.services import Wish


def stage(hours: float = 47, events: int = 1) -> list[Stage]:
    return [
        make_stage(
            channels=("web", "hotel"),
            give={("GA", "web"): 10, ("GA", "hotel"): 90},
            starts_at=timezone.now() + timedelta(hours=hours),
        )
        for _ in range(events)
    ]


def ask(found: Stage, units: int) -> Transfer:
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, units, "Slow")
    return services.request(wish, by=SYSTEM, now=timezone.now())


def test_approved_by_six_at_once_it_moves_once() -> None:
    (found,) = stage()
    transfer, people = ask(found, 20), [make_user() for _ in range(6)]

    outcomes = race(
        [
            partial(services.approve, [transfer.pk], by=one, note="Yes", now=timezone.now())
            for one in people
        ]
    )

    assert errors_of(outcomes, AlreadyDecidedError) == []
    assert sum(one.error is None for one in outcomes) == 1
    assert found.counters().quantity == 30
    assert [step.status for step in transfer.steps.all()] == ["REQUESTED", "APPROVED", "EXECUTED"]
    assert_reconciled()


def test_approved_rejected_withdrawn_and_lapsed_at_once_one_of_them_holds() -> None:
    (found,) = stage()
    transfer, person = ask(found, 20), make_user()
    now = timezone.now()
    jobs: list[Callable[[], object]] = [
        partial(services.approve, [transfer.pk], by=person, note="Yes", now=now),
        partial(services.reject, [transfer.pk], by=person, note="No", now=now),
        partial(services.withdraw, transfer.pk, by=SYSTEM, note="", now=now),
        partial(services.lapse_due, transfer.lapses_at),
    ]
    outcomes = race(jobs)
    assert errors_of(outcomes, AlreadyDecidedError) == []
    transfer.refresh_from_db()
    assert transfer.status != TransferStatus.REQUESTED
    moved = 20 if transfer.status == TransferStatus.EXECUTED else 0
    assert found.counters().quantity == 10 + moved
    last = transfer.steps.order_by("-pk")[0]
    assert last.status == transfer.status
    assert_reconciled()


def test_approved_while_the_source_sells_out_it_moves_whole_or_fails() -> None:
    (found,) = stage()
    transfers, person = [ask(found, 15) for _ in range(4)], make_user()

    def sell() -> None:
        try:
            while True:
                found.sell(channel="hotel")
        except SoldOutError:
            pass

    jobs: list[Callable[[], object]] = [
        *[sell] * 6,
        *[
            partial(services.approve, [one.pk], by=person, note="", now=timezone.now())
            for one in transfers
        ],
    ]
    outcomes = race(jobs)
    assert errors_of(outcomes) == []
    ended = list(Transfer.objects.order_by("pk"))
    executed = [one for one in ended if one.status == TransferStatus.EXECUTED]
    failed = [one for one in ended if one.status == TransferStatus.FAILED]
    assert len(executed) + len(failed) == 4
    assert all("free, not 15" in one.failure for one in failed)
    hotel = found.counters(channel="hotel")
    assert hotel.quantity == 90 - 15 * len(executed)
    assert hotel.sold == hotel.quantity
    assert_reconciled()


def rules(found: list[Stage]) -> None:
    for one in found:
        one.sell([("Ticket", 9)])
        TransferRule.objects.create(
            venue=one.event.venue, name="90/30", amount="UNITS", value=20, cooldown_minutes=0
        )


def evaluate_at_once() -> list[int]:
    outcomes = race([partial(evaluation.evaluate, timezone.now())] * 4)
    assert errors_of(outcomes) == []
    return [len(one.value or []) for one in outcomes]


def test_evaluated_by_four_workers_at_once_a_rule_moves_once() -> None:
    found = stage(hours=72, events=5)
    rules(found)
    EventWatch.objects.bulk_create(EventWatch(event=one.event) for one in found)
    assert sum(evaluate_at_once()) == 5
    assert [one.counters().quantity for one in found] == [30] * 5
    assert Transfer.objects.count() == 5
    assert_reconciled()


def test_control_without_the_claim_the_same_rule_moves_again() -> None:
    """Else the test above would prove nothing."""
    found = stage(hours=72, events=5)
    rules(found)
    together = Barrier(4)

    def careless(_now: object) -> list[int]:
        return [one.event.pk for one in found]

    def meet(*asked: Any) -> list[Candidate]:
        seen = candidates(*asked)
        together.wait(PATIENCE)
        return seen

    with (
        patch.object(evaluation, "_claim", careless),
        patch.object(evaluation, "candidates", meet),
        patch.object(ledger, "lock_free", lambda _ids: set()),
    ):
        assert sum(evaluate_at_once()) == 20
    assert [one.counters().quantity for one in found] == [90] * 5
    assert_reconciled()


def test_a_request_that_waits_locks_no_stock() -> None:
    """A foreign key would, at commit and out of the ledger's order: a deadlock with sales that draw."""
    (found,) = stage()
    source, target = found.row(channel="hotel").pk, found.row().pk
    held, done = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            ledger.lock([source, target])
            held.set()
            await_event(done)

    def request() -> None:
        await_event(held)
        try:
            services.request(Wish(source, target, 5, "Slow"), by=SYSTEM, now=timezone.now())
        finally:
            done.set()

    # Waiting for the rows would end with the lock's time limit.
    assert errors_of(race([hold, request])) == []
    assert Transfer.objects.get().status == TransferStatus.REQUESTED
