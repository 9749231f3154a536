"""Whoever watches an event is told at once that its state of selling has changed, and not only that its stock has."""

from typing import Any

import pytest
from django.db import transaction

from allocations.stop_sell import resume_selling, stop_selling
from common.actor import SYSTEM
from events.enums import EventStatus
from events.services import pause_event
from tests.factories import Stage, make_event, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def stage(db: None) -> Stage:
    return make_stage(channels=("web",))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    groups: list[str] = []

    def note(group: str, message: dict[str, Any]) -> None:
        assert message == {
            "type": "stock.changed",
            "rows": [[0, int(group.rpartition(".")[2]), 0, 0, 0, 0, 0]],
        }
        groups.append(group)

    monkeypatch.setattr("events.live.publish", note)
    return groups


def test_of_another_status_once_it_is_committed(
    stage: Stage, told: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        pause_event(event_id=stage.event.pk, by=SYSTEM, reason="Storm")
        assert told == []
    assert told == [f"event.{stage.event.pk}"]


@pytest.mark.parametrize("kind", ["event", "item", "channel", "listing"])
def test_of_a_stop_and_of_its_end(
    stage: Stage, told: list[str], kind: str, django_capture_on_commit_callbacks: Any
) -> None:
    make_event(stage.event.venue, status=EventStatus.ON_SALE)  # the channel lists nothing of it
    target: Any = {
        "event": stage.event,
        "item": stage.items["Ticket"],
        "channel": stage.channels["web"],
        "listing": stage.listing("Ticket", "web"),
    }[kind]
    for step in (stop_selling, resume_selling):
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            step(target=target, by=SYSTEM, reason="Rain")
        assert told == [f"event.{stage.event.pk}"]
