"""Where buyers come from: a past event, a sales file, a curve, and who was turned away."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocations import services as allocations
from allocations.models import SalesChannel
from common.actor import SYSTEM
from common.errors import InvalidInputError
from offline.models import FileLine, FileMapping, SalesFile
from planning.whatif.courses import planned
from planning.whatif.demand import CLOSED, SELL, Demand
from planning.whatif.engine import Result, Run, Settings
from planning.whatif.plans import IN_FORCE, Choice, specs_of
from planning.whatif.scene import Scene, scene_of
from planning.whatif.sources import Shape, of_curve, of_event, of_file, when
from sales import services
from sales.enums import Limit
from sales.models import TurnedAway
from tests.factories import Stage, id_of, make_channel, make_event, make_item, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """A past date, and the next one of the same venue with the same channel, item and pool of 20."""
    made = make_stage(starts_at=timezone.now() + timedelta(days=9))
    made.sell([("Ticket", 6)])
    back = made.sell([("Ticket", 5)])
    services.cancel(id_of(back), by=SYSTEM, reason="test")
    released = made.hold([("Ticket", 4)])
    services.cancel(released, by=SYSTEM, reason="test")
    return made


def next_date(stage: Stage) -> Scene:
    """A month later, at twice the price."""
    event = make_event(
        stage.event.venue, starts_at=stage.event.starts_at + timedelta(days=30), name="Next"
    )
    pool = allocations.add_pool(event=event, name="GA", capacity=20, by=SYSTEM)
    item = make_item(event, "Ticket", {pool: 1})
    allocations.list_item(item=item, channel=stage.channels["web"], price=Decimal("20.00"))
    allocations.allocate(
        pool=pool, channel=stage.channels["web"], units=8, by=SYSTEM, reason="test"
    )
    event.refresh_from_db()
    return scene_of(event, [specs_of(Choice(IN_FORCE), event, timezone.now())])


def play(scene: Scene, demand: Demand, seed: int = 0) -> Result:
    course = planned(scene, specs_of(Choice(IN_FORCE), scene.event, timezone.now()))
    return Run(scene, course, Settings()).play(demand.of_seed(seed), scene.ends)


def test_a_past_event_s_buyers_come_as_far_before_the_start_at_this_event_s_prices(
    stage: Stage,
) -> None:
    scene = next_date(stage)
    sales = of_event(scene, stage.event, 100, 0)
    result = play(scene, sales.demand)
    # Five more are refused, for eight is all it has; when they were given back there, the hold was taken here.
    assert (result.sold.total(), result.cents.total(), result.away.total()) == (6, 12_000, 9)
    assert (sales.tickets, sales.unknown.total()) == (15, 0)
    first = sales.demand.of_seed(0)[0]
    assert first.at == pytest.approx(timezone.now().timestamp() + 30 * 86_400, abs=60)
    assert sales.demand.of_seed(3) == sales.demand.of_seed(3) != sales.demand.of_seed(4)


def test_who_was_turned_away_comes_too_where_that_is_asked_for(stage: Stage) -> None:
    TurnedAway.objects.create(
        at=timezone.now(),
        event=stage.event,
        item=stage.items["Ticket"],
        channel=stage.channels["web"],
        limit=Limit.ALLOCATION,
        refusals=10,
        tickets=20,
    )
    scene = next_date(stage)
    demand = of_event(scene, stage.event, 100, 50).demand
    extra = [step for step in demand.of_seed(1) if step.story < 0]
    assert 0 < len(extra) < 15  # five are expected
    assert {(step.act.kind, step.act.size) for step in extra} == {(SELL, 2)}
    assert not [
        step for step in of_event(scene, stage.event, 100, 0).demand.of_seed(1) if step.story < 0
    ]


def test_a_sales_file_s_lines_are_buyers_and_what_is_not_sold_here_is_said(stage: Stage) -> None:
    agent = make_channel(stage.event.venue, "agent")
    scene = next_date(stage)
    file = make_file(stage.channels["web"])
    lines = [
        FileLine(
            file=file,
            row=row,
            event_id=stage.event.pk,
            item_id=stage.items["Ticket"].pk,
            quantity=tickets,
            unit_price=10,
            series=str(row),
            said_at=timezone.now() + timedelta(hours=row),
        )
        for row, tickets in enumerate((3, 2, 9), 1)
    ]
    FileLine.objects.bulk_create(lines)
    sales = of_file(scene, file.pk, 100)
    assert sales.tickets == 14
    result = play(scene, sales.demand)
    assert (result.sold.total(), result.away.total()) == (5, 9)
    # The same of a channel that sells nothing of this event.
    other = make_file(agent)
    FileLine.objects.filter(file=file).update(file=other)
    with pytest.raises(InvalidInputError, match="no sales that this event"):
        of_file(scene, other.pk, 100)


def make_file(channel: SalesChannel) -> SalesFile:
    mapping = FileMapping.objects.create(channel=channel, version=1, content={})
    return SalesFile.objects.create(
        channel=channel, mapping=mapping, name="past.csv", digest=f"{channel.pk:064}"
    )


def test_a_curve_has_as_many_buyers_as_it_says_when_it_says(
    stage: Stage,
) -> None:
    scene = next_date(stage)
    web = stage.channels["web"].pk
    demand = of_curve(scene, Shape.FRONT, 400, {web: 1.0})
    tickets = sum(step.act.size for seed in range(20) for step in demand.of_seed(seed))
    assert tickets / 20 == pytest.approx(400, rel=0.1)
    half = (scene.begins + scene.ends) / 2
    early = [step.at < half for step in demand.of_seed(0)]
    assert sum(early) / len(early) > 0.8  # 1 - (1 - ½)³ = 7/8
    for shape in (Shape.FRONT, Shape.LATE, Shape.S):
        assert [round(when(shape, share), 9) for share in (0.0, 1.0)] == [0.0, 1.0]
    assert CLOSED not in {step.act.kind for step in demand.of_seed(0)}
