"""An event's status moves by services, each with person and reason."""

import pytest

from common.actor import SYSTEM, Actor
from common.errors import NotFoundError
from events.enums import EventStatus
from events.errors import EventStateError, NothingToSellError
from events.models import Event, Item
from events.services import close_event, pause_event, publish_event
from tests.factories import make_event, make_stage, make_user

pytestmark = pytest.mark.django_db

STEPS = {"publish": publish_event, "pause": pause_event, "close": close_event}
MOVES = {
    (EventStatus.DRAFT, "publish"): EventStatus.ON_SALE,
    (EventStatus.PAUSED, "publish"): EventStatus.ON_SALE,
    (EventStatus.CLOSED, "publish"): EventStatus.ON_SALE,
    (EventStatus.ON_SALE, "pause"): EventStatus.PAUSED,
    (EventStatus.ON_SALE, "close"): EventStatus.CLOSED,
    (EventStatus.PAUSED, "close"): EventStatus.CLOSED,
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", EventStatus)
def test_each_step_leads_from_where_it_may(status: EventStatus, step: str) -> None:
    event = make_stage(status=status).event
    if (expected := MOVES.get((status, step))) is not None:
        STEPS[step](event_id=event.pk, by=SYSTEM, reason="test")
    else:
        with pytest.raises(EventStateError):
            STEPS[step](event_id=event.pk, by=SYSTEM, reason="test")
        expected = status
    assert Event.objects.get(pk=event.pk).status == expected


def test_history_says_who_and_why() -> None:
    event, user = make_stage(status=EventStatus.DRAFT).event, make_user()
    publish_event(event_id=event.pk, by=Actor.person(user), reason="All set")
    record = Event.history.filter(id=event.pk).latest()
    assert (record.status, record.history_change_reason, record.history_user) == (
        EventStatus.ON_SALE,
        "All set",
        user,
    )


def test_an_event_without_items_or_with_empty_ones_is_not_published() -> None:
    event = make_event(status=EventStatus.DRAFT)
    Item.objects.create(event=event, name="Of nothing")
    with pytest.raises(NothingToSellError):
        publish_event(event_id=event.pk, by=SYSTEM, reason="test")
    assert Event.objects.get(pk=event.pk).status == EventStatus.DRAFT


def test_no_event_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        pause_event(event_id=0, by=SYSTEM, reason="test")
