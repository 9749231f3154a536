"""Who may approve what, how much leaves a row together, what a partner may ask for, and who can sell it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from allocations import ledger
from allocations.models import Listing, SalesChannel
from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM, Actor
from common.history import save_because
from events.enums import EventStatus
from events.models import Event, Item
from tests.factories import Stage, make_stage, make_user
from tests.proofs import execute, nothing_changed, violates
from transfers import services
from transfers.asking import Proposal, ask_and_execute
from transfers.enums import Need, Origin, TransferStatus
from transfers.errors import AskedTooMuchError, CannotSellError, MayNotDecideError
from transfers.models import Transfer, TransferPolicy, TransferRule
from transfers.rules.evaluation import evaluate
from transfers.services import Partner, Wish

KEY = Actor(api_key_id=7)


def stage(hours: float = 72) -> Stage:
    """Website 60 and hotel 40 of 100, so many hours before the event."""
    return make_stage(
        channels=("web", "hotel"),
        give={("GA", "web"): 60, ("GA", "hotel"): 40},
        starts_at=timezone.now() + timedelta(hours=hours),
    )


def policy(found: Stage, **values: object) -> TransferPolicy:
    TransferPolicy.objects.filter(venue=found.event.venue).update(**values)
    return TransferPolicy.objects.get(venue=found.event.venue)


def ask(found: Stage, units: int, *, by: Actor = SYSTEM, meant: bool = False) -> Transfer:
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, units, "Slow", despite_stop=meant)
    return services.request(wish, by=by, now=timezone.now())


def more(found: Stage, units: int, answerable_id: int | None = None) -> Transfer:
    wish = Wish(found.open_row().pk, found.row(channel="hotel").pk, units, "A group")
    partner = Partner(found.channels["hotel"], answerable_id)
    return services.request(wish, by=KEY, now=timezone.now(), partner=partner)


# --- Together ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_units_that_leave_a_row_within_a_day_are_counted_together() -> None:
    found = stage()
    policy(found, approval_above=20)
    assert [ask(found, 10).needs for _time in range(3)] == [[], [], [Need.ABOVE_UNITS]]
    assert found.counters(channel="hotel").quantity == 20


@pytest.mark.django_db
def test_what_left_a_day_ago_is_counted_no_more() -> None:
    found = stage()
    policy(found, approval_above=20)
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, 20, "Slow")
    services.request(wish, by=SYSTEM, now=timezone.now() - timedelta(hours=24))
    assert ask(found, 20).status == TransferStatus.EXECUTED


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_counted_together() -> None:
    found = stage()
    policy(found, approval_above=20)
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: closing(lambda: ask(found, 4)), range(10)))
    assert sum(one.moved or 0 for one in made) == 20
    assert {one.status for one in made} == {TransferStatus.EXECUTED, TransferStatus.REQUESTED}
    assert found.counters(channel="hotel").quantity == 20


def closing(work: Callable[[], Transfer]) -> Transfer:
    """In a thread of its own, with a connection that ends with it."""
    try:
        return work()
    finally:
        connection.close()


# --- Four eyes --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_issued_the_key_does_not_approve_what_it_asks() -> None:
    found, issuer = stage(), make_user()
    waiting = more(found, 5, issuer.pk)
    with nothing_changed(), pytest.raises(MayNotDecideError, match="issued the key"):
        services.approve([waiting.pk], by=issuer, note="", now=timezone.now())
    with violates("transfer_seen_by_four_eyes"):
        execute(
            "UPDATE transfers_transfer SET status = 'APPROVED', decided_at = now(), decided_by_id = %s",
            issuer.pk,
        )


@pytest.mark.django_db
def test_who_wrote_the_rule_does_not_approve_what_it_asks() -> None:
    found, writer = stage(hours=40), make_user()
    rule = TransferRule(venue=found.event.venue, name="Slow")
    save_because(rule, "test", by=Actor.person(writer))
    found.sell([("Ticket", 58)])
    (waiting,) = evaluate(timezone.now())
    assert (waiting.status, waiting.needs) == (TransferStatus.REQUESTED, [Need.NEAR_START])
    with nothing_changed(), pytest.raises(MayNotDecideError, match="written the rule"):
        services.approve([waiting.pk], by=writer, note="", now=timezone.now())
    services.approve([waiting.pk], by=make_user(), note="", now=timezone.now())


@pytest.mark.django_db
def test_who_applied_the_dynamic_plan_does_not_approve_what_it_asks() -> None:
    found = stage(hours=40)
    applier, other = make_user(), make_user()
    lines = [
        Line(channel_id=one.pk, units=units, is_dynamic=True)
        for one, units in zip(found.channels.values(), (60, 40), strict=True)
    ]
    Event.objects.update(status=EventStatus.DRAFT)
    plans.apply_plan(
        pool=found.pools["GA"],
        spec=PlanSpec(lines=lines),
        by=Actor.person(applier),
        reason="Plan",
        now=timezone.now(),
    )
    Event.objects.update(status=EventStatus.ON_SALE)
    (waiting,) = ask_and_execute(
        [
            Proposal(
                source=found.row(channel="hotel"),
                target=found.row(),
                units=10,
                reason="web is expected to sell more",
                origin=Origin.DYNAMIC,
                evidence={},
            )
        ],
        now=timezone.now(),
    )
    waiting.refresh_from_db()
    assert (waiting.status, waiting.answerable_id) == (TransferStatus.REQUESTED, applier.pk)
    with nothing_changed(), pytest.raises(MayNotDecideError, match="applied the plan"):
        services.approve([waiting.pk], by=applier, note="", now=timezone.now())
    with violates("transfer_seen_by_four_eyes"):
        execute(
            "UPDATE transfers_transfer SET status = 'APPROVED', decided_at = now(), decided_by_id = %s",
            applier.pk,
        )
    (done,) = services.approve([waiting.pk], by=other, note="", now=timezone.now())
    assert done.status == TransferStatus.EXECUTED


@pytest.mark.django_db
def test_a_person_is_never_recorded_as_a_partner() -> None:
    found = stage()
    wish = Wish(found.row(channel="hotel").pk, found.open_row().pk, 5, "Slow")
    with violates("transfer_partner_is_no_person"):
        services.request(
            wish,
            by=Actor.person(make_user()),
            now=timezone.now(),
            partner=Partner(found.channels["hotel"]),
        )


# --- What a partner asks for ------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_partner_asks_for_no_more_than_there_is_and_once_at_a_time() -> None:
    found = stage()
    with nothing_changed(), pytest.raises(AskedTooMuchError, match="more units than there are"):
        more(found, 61)
    waiting = more(found, 60)
    with nothing_changed(), pytest.raises(AskedTooMuchError, match="60 units of GA waits already"):
        more(found, 1)
    services.withdraw(waiting.pk, by=KEY, note="", now=timezone.now())
    for _time in range(9):
        services.withdraw(more(found, 1).pk, by=KEY, note="", now=timezone.now())
    with nothing_changed(), pytest.raises(AskedTooMuchError, match="10 times in 24 hours"):
        more(found, 1)


def file(found: Stage, units: int) -> None:
    """As a door would that has looked at nothing before."""
    Transfer.objects.create(
        event=found.event,
        pool=found.pools["GA"],
        source=found.open_row(),
        target=found.row(channel="hotel"),
        units=units,
        origin=Origin.PARTNER,
        asking_channel=found.channels["hotel"],
        reason="A group",
        requested_at=timezone.now(),
        lapses_at=timezone.now() + timedelta(hours=1),
    )


@pytest.mark.django_db
def test_the_database_bounds_what_a_partner_asks_for() -> None:
    found = stage()
    with violates("transfer_within_capacity"):
        file(found, 61)
    file(found, 5)
    with violates("transfer_waits_once"):
        file(found, 5)
    for waiting in range(10):
        services.withdraw(Transfer.objects.latest("pk").pk, by=KEY, note="", now=timezone.now())
        if waiting < 9:
            file(found, 5)
    with violates("transfer_asked_seldom_enough"):
        file(found, 5)


@pytest.mark.django_db(transaction=True)
def test_of_ten_requests_at_once_one_waits() -> None:
    found = stage()

    def one(_number: int) -> str:
        try:
            return closing(lambda: more(found, 5)).status
        except AskedTooMuchError as error:
            return error.code

    with ThreadPoolExecutor(10) as pool:
        told = sorted(pool.map(one, range(10)))
    assert told == ["ASKED_TOO_MUCH"] * 9 + ["REQUESTED"]
    assert Transfer.objects.count() == 1


# --- Who can sell it --------------------------------------------------------------------------------

STOPS: dict[str, Callable[[], object]] = {
    "channel": lambda: SalesChannel.objects.filter(name="web").update(stop_reason="Broken"),
    "listing": lambda: Listing.objects.update(stop_reason="Broken"),
    "listing off": lambda: Listing.objects.update(is_on=False),
    "item": lambda: Item.objects.update(stop_reason="Broken"),
    "event": lambda: Event.objects.update(stop_reason="Broken"),
    "window": lambda: Listing.objects.update(sales_until=timezone.now() - timedelta(minutes=1)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("stop", STOPS)
def test_units_go_to_a_channel_that_cannot_sell_only_where_it_is_meant(stop: str) -> None:
    found = stage()
    STOPS[stop]()
    with nothing_changed(), pytest.raises(CannotSellError) as refused:
        ask(found, 10)
    assert refused.value.field == "despite_stop"
    assert ask(found, 10, meant=True).despite_stop
    assert found.counters().quantity == 70


@pytest.mark.django_db
def test_a_target_that_was_stopped_while_its_request_waited_gets_nothing_just_so() -> None:
    found = stage(hours=40)
    waiting = ask(found, 10)
    STOPS["channel"]()
    with nothing_changed(), pytest.raises(CannotSellError, match="web is stopped: Broken"):
        services.approve([waiting.pk], by=make_user(), note="", now=timezone.now())
    services.approve(
        [waiting.pk], by=make_user(), note="Open at six", now=timezone.now(), despite_stop=True
    )
    waiting.refresh_from_db()
    assert (waiting.status, waiting.despite_stop) == (TransferStatus.EXECUTED, True)


@pytest.mark.django_db
def test_the_database_gives_nothing_to_a_channel_that_cannot_sell() -> None:
    found = stage(hours=40)
    waiting = ask(found, 10)
    STOPS["channel"]()
    with violates("transfer_to_who_can_sell"):
        execute(
            "UPDATE transfers_transfer SET status = 'EXECUTED', moved = 10, ended_at = now(),"
            " decided_at = now(), decided_by_id = %s",
            make_user().pk,
        )
    assert waiting.status == TransferStatus.REQUESTED


# --- The edge of the window -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_crosses_the_window_while_it_waits_for_the_stock_waits_for_an_approval() -> None:
    """Asked for a moment before the 48 hours, carried out a moment after them: it is answered."""
    found = stage(hours=50)
    found.event.starts_at = timezone.now() + timedelta(hours=48, seconds=1.5)
    found.event.save()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ledger.lock([found.row(channel="hotel").pk])
            answer = pool.submit(closing, lambda: ask(found, 10))
            until_over(found)
        made = answer.result(20)
    assert (made.status, made.needs) == (TransferStatus.REQUESTED, [Need.NEAR_START])
    assert [one.status for one in Transfer.objects.all()] == [TransferStatus.REQUESTED]
    assert found.counters(channel="hotel").quantity == 40


def until_over(found: Stage) -> None:
    """The database waits for the moment itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sleep_until((SELECT starts_at FROM events_event WHERE id = %s)"
            " - interval '48 hours' + interval '100 milliseconds')",
            [found.event.pk],
        )
