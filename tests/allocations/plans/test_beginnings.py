"""Each strategy of the guide is a shape that an event's channels can begin with."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocations.enums import ChannelKind, ChannelPlace, Closes, Draws, Opens, Strategy
from allocations.models import SalesChannel
from allocations.plans import services
from allocations.plans.presets import Shares, beginning, by_shares
from allocations.plans.spec import Line, PlanSpec
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage() -> Stage:
    made = make_stage(channels=("web", "desk", "agent", "hotel"), give={})
    for name, kind, place in (
        ("desk", ChannelKind.PHYSICAL, ChannelPlace.BOX_OFFICE),
        ("agent", ChannelKind.PARTNER, ChannelPlace.TRAVEL_AGENT),
        ("hotel", ChannelKind.THIRD_PARTY, ChannelPlace.HOTEL),
    ):
        channel = made.channels[name]
        channel.kind, channel.place = kind, place
        channel.save()
    return made


def begin(stage: Stage, strategy: Strategy, *, days: int = 30) -> dict[str, Line]:
    """The lines of a shape by channel; it is one that can be applied."""
    now = timezone.now()
    stage.event.starts_at = now + timedelta(days=days, minutes=1)
    channels: list[SalesChannel] = list(stage.channels.values())
    spec = beginning(strategy, channels, stage.event, 100, now)
    assert spec.strategy == strategy
    stage.pools["GA"].event = stage.event
    assert services.preview(pool=stage.pools["GA"], spec=spec, now=now).problems == []
    names = {channel.pk: name for name, channel in stage.channels.items()}
    return {names[line.channel_id]: line for line in spec.lines}


def test_fixed_shares_are_equal(stage: Stage) -> None:
    found = begin(stage, Strategy.FIXED)
    assert {line.percent for line in found.values()} == {Decimal(25)}
    assert {line.draws for line in found.values()} == {Draws.NONE}


def test_the_venues_own_channels_come_first_and_sell_to_the_end(stage: Stage) -> None:
    found = begin(stage, Strategy.PRIORITY)
    for name in ("web", "desk"):
        own = found[name]
        assert (own.tier, own.opens, own.closes) == (1, Opens.AT_ONCE, Closes.NEVER)
    for name in ("agent", "hotel"):
        other = found[name]
        assert (other.tier, other.opens, other.opens_hours) == (2, Opens.BEFORE_START, 168)
    assert {line.draws for line in found.values()} == {Draws.GENERAL}


def test_close_to_the_start_the_others_wait_for_half_of_the_time(stage: Stage) -> None:
    assert begin(stage, Strategy.PRIORITY, days=2)["agent"].opens_hours == 24


def test_dynamic_parts_have_a_floor_of_half(stage: Stage) -> None:
    found = begin(stage, Strategy.DYNAMIC)
    assert [line.floor for line in found.values()] == [12, 12, 12, 12]  # of 25 each
    assert all(line.is_dynamic for line in found.values())


def test_hybrid_gives_partners_a_part_and_lets_the_rest_draw(stage: Stage) -> None:
    found = begin(stage, Strategy.HYBRID)
    assert (found["web"].units, found["web"].draws) == (0, Draws.GENERAL)
    assert [found[name].percent for name in ("agent", "hotel")] == [25, 25]
    assert found["hotel"].draws == Draws.NONE


def test_a_line_that_gives_nothing_does_not_name_the_strategy() -> None:
    drawing = Line(channel_id=1, units=0, draws=Draws.GENERAL)
    nothing = Line(channel_id=2, units=0, ceiling=5)
    assert PlanSpec([drawing, nothing]).strategy == Strategy.PRIORITY


def test_thirty_twenty_fifty_and_the_fifty_is_shared_by_all_partners(stage: Stage) -> None:
    channels: list[SalesChannel] = list(stage.channels.values())
    now = timezone.now()
    spec = by_shares(channels, Shares())
    names = {channel.pk: name for name, channel in stage.channels.items()}
    found = {names[line.channel_id]: line for line in spec.lines}
    assert (found["web"].percent, found["desk"].percent) == (Decimal(30), Decimal(20))
    assert [(one.name, one.percent) for one in spec.groups] == [("Partners", Decimal(50))]
    for name in ("agent", "hotel"):
        assert (found[name].units, found[name].draws, found[name].group) == (
            0,
            Draws.GROUP,
            "Partners",
        )
    assert services.preview(pool=stage.pools["GA"], spec=spec, now=now).problems == []


def test_channels_of_one_kind_divide_their_share_and_hidden_ones_have_none(stage: Stage) -> None:
    for name, kind, place in (
        ("desk", ChannelKind.DIRECT, ChannelPlace.MOBILE_APP),
        ("agent", ChannelKind.HIDDEN, ChannelPlace.GUEST_LIST),
        ("hotel", ChannelKind.HIDDEN, ChannelPlace.COMPS),
    ):
        stage.channels[name].kind, stage.channels[name].place = kind, place
    spec = by_shares(list(stage.channels.values()), Shares(direct=Decimal("33.35")))
    assert [line.percent for line in spec.lines] == [Decimal("16.67"), Decimal("16.67"), None, None]
    assert not spec.groups
