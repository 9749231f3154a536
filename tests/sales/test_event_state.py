"""In which state of selling an event is: whatever forbids its sales is one, and it is known who, since when and why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocations.enums import Stopped
from allocations.models import Listing, Stop
from allocations.setup import EventSetup, Window
from allocations.stop_sell import resume_selling, stop_selling
from common.actor import SYSTEM, Actor
from events.enums import EventStatus, SalesState
from events.models import Event, Item
from events.services import pause_event, publish_event
from sales.event_state import MAX_TOLD, causes_of, state_of
from sales.rules import event_refusal, item_refusal
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2026-11-30T18:30:00+00:00")
EDGES = st.none() | st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours))
REASONS = st.sampled_from(["", "", "Rain"])


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web", "agent"), items={"Ticket": {"GA": 1}, "Bundle": {"GA": 2}})


def setup_of(stage: Stage) -> EventSetup:
    return EventSetup.load(stage.event.pk)


def vary(setup: EventSetup, draw: st.DataObject) -> tuple[EventSetup, datetime]:
    """The same event in another state, and when it is over: sales end then at the latest."""
    over_at = NOW + timedelta(hours=draw.draw(st.integers(-1, 2)))
    end = draw.draw(EDGES)
    varied = replace(
        setup,
        status=draw.draw(st.sampled_from([EventStatus.ON_SALE] * 6 + list(EventStatus))),
        stop_reason=draw.draw(REASONS),
        window=Window(draw.draw(EDGES), min(end, over_at) if end else over_at),
        items={
            pk: replace(item, stop_reason=draw.draw(REASONS), window=Window(None, None))
            for pk, item in setup.items.items()
        },
        channels={
            pk: replace(channel, stop_reason=draw.draw(REASONS))
            for pk, channel in setup.channels.items()
        },
        listings={
            key: replace(listing, stop_reason=draw.draw(REASONS), is_on=draw.draw(st.booleans()))
            for key, listing in setup.listings.items()
        },
    )
    return varied, over_at


@given(data=st.data())
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_each_state_that_forbids_sales_is_one_and_no_other(
    stage: Stage, data: st.DataObject
) -> None:
    setup, over_at = vary(setup_of(stage), data)
    refusals = {
        (channel, item): event_refusal(setup, setup.channels[channel], NOW)
        or item_refusal(setup, setup.items[item], listing, NOW, "")
        for (item, channel), listing in setup.listings.items()
    }
    state = state_of(setup, over_at, NOW)
    of_event = [event_refusal(setup, channel, NOW) for channel in setup.channels.values()]
    if all(of_event):
        assert not state.sells, state
    if not state.sells:
        assert all(refusals.values()), state
    stops = [refusal for refusal in refusals.values() if refusal and "stopped" in refusal.detail]
    if stops:
        assert state.state != SalesState.OPEN
    if state.state == SalesState.OPEN:
        assert not setup.stop_reason
        assert setup.status == EventStatus.ON_SALE
    if state.turns_at is not None:
        assert state.turns_at > NOW
        assert state_of(setup, over_at, state.turns_at - timedelta(microseconds=1)) == state


def test_who_sees_some_channels_is_told_of_these_alone(stage: Stage) -> None:
    web, agent = stage.channels["web"], stage.channels["agent"]
    stop_selling(target=web, by=SYSTEM, reason="Price is wrong")
    setup, now = setup_of(stage), timezone.now()
    over_at = stage.event.over_at
    assert state_of(setup, over_at, now).state == SalesState.PARTLY_STOPPED
    assert state_of(setup, over_at, now, {agent.pk}).state == SalesState.OPEN
    state = state_of(setup, over_at, now, {web.pk})
    assert (state.state, [part.name for part in state.parts]) == (SalesState.ALL_STOPPED, ["web"])


# --- Who, since when and why ----------------------------------------------------------------------


def cause(stage: Stage) -> tuple[SalesState, list[tuple[str, str, str]]]:
    setup = setup_of(stage)
    event = Event.objects.get(pk=stage.event.pk)
    state = state_of(setup, event.over_at, timezone.now())
    causes = causes_of(setup, state)
    assert all(entry.since is None or entry.since <= timezone.now() for entry in causes)
    return state.state, [
        (entry.part.name if entry.part else "", entry.person, entry.reason) for entry in causes
    ]


def test_of_a_status_the_last_change_to_it_is_told(stage: Stage) -> None:
    ann, bob = (make_user(name=name) for name in ("Ann", "Bob"))
    with transaction.atomic():
        pause_event(event_id=stage.event.pk, by=Actor(bob.pk), reason="Too early")
        publish_event(event_id=stage.event.pk, by=Actor(bob.pk), reason="Go")
        pause_event(event_id=stage.event.pk, by=Actor(ann.pk), reason="Storm")
    Event.objects.get(pk=stage.event.pk).save()  # an edit of something else, by nobody
    assert cause(stage) == (SalesState.PAUSED, [("", str(ann), "Storm")])


def test_of_a_stop_who_stopped_it_and_why(stage: Stage) -> None:
    ann = make_user(name="Ann")
    event = Event.objects.get(pk=stage.event.pk)
    stop_selling(target=event, by=Actor(ann.pk), reason="Fire alarm")
    assert cause(stage) == (SalesState.STOPPED, [("", str(ann), "Fire alarm")])
    resume_selling(target=event, by=SYSTEM, reason="Over")
    assert cause(stage) == (SalesState.OPEN, [])


def test_of_stopped_parts_each_its_own(stage: Stage) -> None:
    ann = make_user(name="Ann")
    stop_selling(target=stage.channels["web"], by=Actor(ann.pk), reason="Price is wrong")
    stop_selling(target=stage.items["Bundle"], by=SYSTEM, reason="No seats")
    assert cause(stage) == (
        SalesState.PARTLY_STOPPED,
        [("web", str(ann), "Price is wrong"), ("Bundle", "", "No seats")],
    )
    stop_selling(target=stage.channels["agent"], by=SYSTEM, reason="Both")
    assert cause(stage)[0] == SalesState.ALL_STOPPED


def test_of_many_stopped_parts_the_first_are_told(stage: Stage) -> None:
    targets: list[Listing | Item] = [
        *Listing.objects.filter(event=stage.event),
        *stage.items.values(),
    ]
    for target in targets:
        stop_selling(target=target, by=SYSTEM, reason="Rain")
    assert len(targets) > MAX_TOLD
    assert len(cause(stage)[1]) == MAX_TOLD


def test_a_stop_that_is_not_recorded_yet_has_its_reason_already(stage: Stage) -> None:
    Stop.objects.create(
        kind=Stopped.EVENT,
        target_id=stage.event.pk,
        event_id=stage.event.pk,
        reason="Just now",
        number=1,
    )
    assert cause(stage) == (SalesState.STOPPED, [("", "", "Just now")])


def test_what_the_clock_decides_has_its_moment_and_nobody(stage: Stage) -> None:
    past = timezone.now() - timedelta(hours=1)
    Event.objects.filter(pk=stage.event.pk).update(sales_until=past)
    setup = setup_of(stage)
    state = state_of(setup, stage.event.over_at, timezone.now())
    [entry] = causes_of(setup, state)
    assert (state.state, entry.since, entry.person) == (SalesState.SALES_OVER, past, "")
