"""However many channels could give to one that lacks units: one request waits for it at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from allocations.plans import services as plans
from allocations.plans.spec import Line, PlanSpec
from common.actor import SYSTEM, Actor
from events.models import Event
from tests.factories import Stage, make_stage, make_user
from tests.proofs import assert_reconciled
from tests.transfers.dynamic_stage import at
from transfers import services
from transfers.dynamic.rebalancing import rebalance
from transfers.enums import Origin, TransferStatus
from transfers.models import EventWatch, Transfer, TransferRule
from transfers.rules.evaluation import evaluate
from transfers.services import Wish

Look = Callable[[datetime], list[Transfer]]

SLOW = ("hotel", "agent", "school", "tourism", "radio", "club")
HOURS = 47  # less than the 48 of the policy


def stage(hours: float = HOURS) -> Stage:
    """The website has sold 90 of its 100, each of six others none of its 30; a rule looks at them."""
    found = make_stage(
        pools={"GA": 280},
        channels=("web", *SLOW),
        give={("GA", "web"): 100} | {("GA", name): 30 for name in SLOW},
        starts_at=timezone.now() + timedelta(hours=hours),
    )
    for _time in range(9):
        found.sell([("Ticket", 10)])
    TransferRule.objects.create(
        venue=found.event.venue, name="Slow to fast", amount="UNITS", value=20, cooldown_minutes=0
    )
    return found


def dynamic(hours: float = HOURS, each: int = 30) -> Stage:
    """A plan in force since four days, in which the website sells 95 of 100 and six others nothing of theirs."""
    now = timezone.now()
    with at(now - timedelta(days=4)), transaction.atomic():
        found = make_stage(
            pools={"GA": 100 + 6 * each},
            channels=("web", *SLOW),
            give={},
            starts_at=now + timedelta(hours=hours),
            sales_until=now + timedelta(hours=hours),
        )
        lines = [
            Line(channel_id=one.pk, units=100 if name == "web" else each, is_dynamic=True)
            for name, one in found.channels.items()
        ]
        plans.apply_plan(
            pool=found.pools["GA"],
            spec=PlanSpec(lines=lines),
            by=Actor.person(make_user()),
            reason="Plan",
            now=now,
        )
    for part in range(19):
        with at(now - timedelta(hours=93 - 5 * part)):
            found.sell([("Ticket", 5)])
    return found


def person_asks(found: Stage, units: int) -> Transfer:
    wish = Wish(found.row(channel="hotel").pk, found.row().pk, units, "It sells out")
    return services.request(wish, by=SYSTEM, now=timezone.now())


def in_a_thread(work: Look) -> list[Transfer]:
    try:
        return work(timezone.now())
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_six_channels_that_could_give_at_once_one_is_asked() -> None:
    found = stage()
    with ThreadPoolExecutor(6) as pool:
        asked = list(pool.map(lambda _: in_a_thread(evaluate), SLOW))
    assert [one.units for several in asked for one in several] == [20]
    now = timezone.now()
    assert [evaluate(now + timedelta(minutes=2 * again)) for again in range(1, 7)] == [[]] * 6
    (waiting,) = Transfer.objects.all()
    assert waiting.status == TransferStatus.REQUESTED
    services.approve([waiting.pk], by=make_user(), note="Yes", now=timezone.now())
    assert found.counters().quantity == 120
    # 90 of 120 are 75 %: the need is met.
    assert evaluate(now + timedelta(minutes=20)) == []
    assert_reconciled()


@pytest.mark.django_db
def test_the_next_channel_is_asked_when_the_first_request_is_decided() -> None:
    found = stage()
    now = timezone.now()
    (first,) = evaluate(now)
    services.reject([first.pk], by=make_user(), note="Not from them", now=now)
    TransferRule.objects.update(cooldown_minutes=60)
    (second,) = evaluate(now + timedelta(minutes=2))
    assert second.source_id != first.source_id
    assert second.target_id == first.target_id == found.row().pk


@pytest.mark.django_db
def test_what_a_person_has_asked_for_counts_as_coming() -> None:
    found, other = stage(), dynamic()
    for one in (found, other):
        person_asks(one, 30)
    assert evaluate(timezone.now()) == []
    # 30 of about as many that the website lacks: what is left is no reason to ask.
    assert rebalance(timezone.now()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first", "second"), [(evaluate, rebalance), (rebalance, evaluate)])
def test_rules_and_rebalancing_do_not_ask_for_one_need_at_the_same_time(
    first: Look, second: Look
) -> None:
    """Who looks at an event keeps it until what it has asked for is there to be seen."""
    found = dynamic()
    TransferRule.objects.create(venue=found.event.venue, name="Rule", amount="UNITS", value=5)
    EventWatch.begin(Event.objects.all())
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            (waiting,) = first(timezone.now())
            # The event is passed by, and not waited for.
            assert pool.submit(in_a_thread, second).result(20) == []
        EventWatch.objects.update(looked_at=None, rebalanced_at=None)
        assert second(timezone.now()) == []
    assert list(Transfer.objects.all()) == [waiting]


@pytest.mark.django_db
def test_rebalancing_moves_from_several_at_once_and_asks_for_one_at_a_time() -> None:
    near, far = dynamic(each=15), dynamic(hours=49, each=15)
    now = timezone.now()
    made = rebalance(now)
    (waiting,) = [one for one in made if one.event == near.event]
    moved = [one for one in made if one.event == far.event]
    assert (waiting.status, waiting.origin) == (TransferStatus.REQUESTED, Origin.DYNAMIC)
    assert len(moved) > 1
    assert {one.status for one in moved} == {TransferStatus.EXECUTED}
    assert waiting.units == max(one.units for one in moved)
    assert rebalance(now + timedelta(hours=2)) == []
    services.approve([waiting.pk], by=make_user(), note="Yes", now=now)
    assert_reconciled()
