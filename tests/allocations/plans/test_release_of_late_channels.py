"""What a channel may have sold and not reported yet does not go back before it has reported."""

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from allocations.enums import Connectivity, Draws, MovementKind
from allocations.ledger import Place, Terms
from allocations.models import Movement, SafetyBuffer, UnreportedSales
from allocations.plans import release
from allocations.plans.overview import plans_of
from allocations.plans.selectors import buffers_of, stock_of
from allocations.plans.spec import Group, Line
from allocations.plans.text.document import document_of
from allocations.unreported import note_report, unreported_of
from tests.allocations.plans.specs import apply, group, line
from tests.factories import Counters, Stage, make_stage
from tests.kept import kept
from tests.offline.selling import unreported
from tests.proofs import assert_reconciled

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    return make_stage(channels=("web", "agent", "hotel"), give={})


def let_go(stage: Stage, at: datetime) -> int:
    return sum(release.release_pool(pool, at) for pool in release.due(at))


def test_the_most_that_may_be_sold_stays_until_the_channel_has_reported(stage: Stage) -> None:
    at = timezone.now() - timedelta(minutes=1)
    parts = (line(stage, "agent", 40, releases_at=at), line(stage, "hotel", 20, releases_at=at))
    apply(stage, *parts, now=at - timedelta(hours=1))
    stage.sell([("Ticket", 5)], "agent")
    unreported(stage, "agent", about=8, high=12, reported_at=at - timedelta(hours=3))
    assert let_go(stage, at) == 3
    assert stage.counters(channel="agent") == Counters(17, 0, 5, 0)
    assert stage.row(channel="agent").releases_at == at
    assert stage.counters(channel="hotel") == Counters(0, 0, 0, 0)
    assert stage.open_row().quantity == 83
    (moved,) = Movement.objects.filter(stock=stage.open_row(), kind=MovementKind.RELEASE_BACK)
    assert moved.reason == (
        "Unsold units go back to the open stock, as version 1 of the plan says. What a channel may have sold and not "
        "reported yet stays with it until it reports."
    )
    # The plan says no other thing of it than the stock does.
    pool_plan = plans_of(stage.event, at)[0]
    assert not pool_plan.differs
    waiting = [change.row.channel for change in pool_plan.outcome.changes if change.waits]
    assert waiting == [stage.channels["agent"]]
    apply(stage, *parts, now=at)
    assert stage.counters(channel="agent") == Counters(17, 0, 5, 0)
    agent = stage.channels["agent"]
    agent.connectivity = Connectivity.PERIODIC
    agent.save()
    letter = " ".join(document_of(stage.event, agent, at).sentences)
    assert (
        "12 units that you may have sold and not reported yet stay with you until you report."
        in letter
    )
    # It waits without being asked again and again, and could sell what it has kept.
    assert release.due(at + timedelta(days=1)) == []
    stage.sell([("Ticket", 9)], "agent")
    note_report(stage.channels["agent"].pk)
    assert let_go(stage, timezone.now()) == 2
    assert stage.counters(channel="agent") == Counters(14, 0, 14, 14)
    assert stage.open_row().quantity == 86
    assert_reconciled()


def test_where_nothing_can_be_estimated_all_of_it_stays(stage: Stage) -> None:
    at = timezone.now() - timedelta(minutes=1)
    apply(stage, line(stage, "agent", 40, releases_at=at), now=at - timedelta(hours=1))
    terms = {"about": None, "low": None, "high": None, "at_risk": 0}
    unreported(stage, "agent", **terms, reported_at=at - timedelta(hours=3))
    assert release.due(at) == []
    assert release.release_pool(stage.pools["GA"].pk, at) == 0
    UnreportedSales.objects.all().delete()  # as when the event is over
    assert let_go(stage, at) == 2
    assert stage.open_row().quantity == 100


def test_what_was_reported_after_its_time_keeps_nothing(stage: Stage) -> None:
    at = timezone.now() - timedelta(minutes=1)
    apply(stage, line(stage, "agent", 40, releases_at=at), now=at - timedelta(hours=1))
    unreported(stage, "agent", high=12, reported_at=at)
    assert let_go(stage, at) == 2
    assert stage.open_row().quantity == 100
    reasons = Movement.objects.filter(kind=MovementKind.RELEASE_BACK).values_list("reason")
    assert set(reasons) == {
        ("Unsold units go back to the open stock, as version 1 of the plan says.",)
    }


def test_stock_that_late_channels_share_keeps_what_they_may_have_drawn(stage: Stage) -> None:
    at = timezone.now() - timedelta(minutes=1)
    parts = (
        line(stage, "agent", group="partners"),
        line(stage, "hotel", 5, group="partners"),
        line(stage, "web", draws=Draws.GENERAL),
        group("partners", 50, releases_at=at),
    )
    apply(stage, *parts, now=at - timedelta(hours=1))
    unreported(stage, "hotel", high=12, reported_at=at - timedelta(hours=3))
    let_go(stage, at)
    # Of twelve it has five itself. The agent, who reports at once, draws there no more.
    assert stage.open_row(name="partners").quantity == 7
    assert not plans_of(stage.event, at)[0].differs
    assert stage.open_row().quantity == 88
    assert stage.row(channel="agent").draws_on == stage.open_row()
    assert stage.row(channel="hotel").draws_on == stage.open_row(name="partners")
    assert release.due(at + timedelta(days=1)) == []
    stage.sell([("Ticket", 12)], "hotel")
    note_report(stage.channels["hotel"].pk)
    let_go(stage, timezone.now())
    assert stage.open_row(name="partners").quantity == 0
    assert stage.row(channel="hotel").draws_on == stage.open_row()
    assert_reconciled()


def test_whatever_is_due_changes_something_and_whatever_changes_something_is_due(
    stage: Stage,
) -> None:
    """What the database looks for every two seconds, and what is then worked out, are two texts of one rule."""
    at = timezone.now() - timedelta(minutes=1)
    chance = random.Random(14)  # noqa: S311
    answers: Counter[bool] = Counter()
    apply(stage, *(line(stage, channel, 2) for channel in stage.channels))
    for channel in stage.channels:
        stage.sell([("Ticket", 2)], channel)
    for _plan in range(12):
        with transaction.atomic():
            apply(stage, *some_parts(stage, at, chance), now=at - timedelta(hours=4))
            for number in range(16):
                estimate_some(stage, at, chance)
                is_due = bool(release.due(at))
                assert is_due == would_change(stage, at)
                answers[is_due] += 1
                if number % 4 == 3:
                    let_go(stage, at)
                    assert not release.due(at)
                    assert not would_change(stage, at)
            transaction.set_rollback(True)
    assert min(answers[True], answers[False]) > 15


def some_parts(stage: Stage, at: datetime, chance: random.Random) -> list[Line | Group]:
    ends = (at - timedelta(hours=1), at)
    parts: list[Line | Group] = [group("partners", 8, releases_at=chance.choice(ends))]
    for channel in stage.channels:
        draws = chance.choice((Draws.NONE, Draws.GENERAL, *3 * (Draws.GROUP,)))
        terms: dict[str, Any] = {"draws": draws}
        if draws == Draws.GROUP:
            terms["group"] = "partners"
        if draws == Draws.NONE or chance.random() < 1 / 4:
            terms["releases_at"] = chance.choice(ends)
        parts.append(line(stage, channel, chance.choice((2, 5)), **terms))
    return parts


def estimate_some(stage: Stage, at: datetime, chance: random.Random) -> None:
    UnreportedSales.objects.all().delete()
    SafetyBuffer.objects.all().delete()
    for channel in stage.channels:
        reported_at = at - timedelta(hours=chance.choice((0, 1, *4 * (2,))))
        match chance.choice(("unknown", "some", "some", "some", "reports at once")):
            case "unknown":
                terms = {"about": None, "low": None, "high": None, "at_risk": 0}
                unreported(stage, channel, **terms, reported_at=reported_at)
            case "some":
                high = chance.choice((0, 2, 10, 12, 40))
                unreported(stage, channel, high=high, reported_at=reported_at)
        if units := chance.choice((0, 0, 1, 30)):
            SafetyBuffer.objects.create(stock=stage.row(channel=channel), units=units)


def would_change(stage: Stage, at: datetime) -> bool:
    rows = list(stock_of(stage.pools["GA"]))
    known = unreported_of(row.pk for row in rows)
    places = release.places(rows, at, known, buffers_of(stage.event.pk))
    return any(
        row.pk in places and places[row.pk] != Place(row.quantity, row.drawn, Terms.of(row))
        for row in rows
    )
