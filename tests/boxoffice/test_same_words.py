"""The board and the API say the same of a listing, in the same words."""

from typing import Any

import pytest
from django.test import Client

from allocations.sellable import SaleStatus
from boxoffice.board import Board
from boxoffice.selectors import read_event
from events.enums import EventStatus
from events.models import Event, Item
from tests.boxoffice.conftest import secret_of
from tests.factories import Stage

pytestmark = pytest.mark.django_db(transaction=True)


def on_the_board(stage: Stage) -> dict[str, Any]:
    found = read_event(stage.event.pk)
    assert found is not None
    [listing] = Board(*found).snapshot(stage.channels["agent"].pk)["listings"]
    return dict(listing)


@pytest.mark.parametrize(
    ("sold", "status"),
    [
        (0, SaleStatus.AVAILABLE),
        (15, SaleStatus.AVAILABLE),  # one half exactly
        (16, SaleStatus.LIMITED),
        (28, SaleStatus.LIMITED),
        (29, SaleStatus.SOLD_OUT),  # one is left, and two are the least
    ],
)
def test_a_status_is_the_same_everywhere(stage: Stage, sold: int, status: str) -> None:
    if sold:
        stage.sell((("Ticket", sold),), channel="agent")
    Item.objects.update(min_per_booking=2)
    client = Client(headers={"authorization": f"Bearer {secret_of(stage, 'agent')}"})
    address = f"/api/v1/events/{stage.event.pk}/availability/"
    [item] = client.get(address).json()["items"]
    assert item["status"] == on_the_board(stage)["status"] == status
    Event.objects.update(status=EventStatus.PAUSED)
    [item] = client.get(address).json()["items"]
    assert item["status"] == on_the_board(stage)["status"] == SaleStatus.CLOSED


def test_a_moment_is_written_in_the_same_way_everywhere(stage: Stage) -> None:
    found = read_event(stage.event.pk)
    assert found is not None
    client = Client(headers={"authorization": f"Bearer {secret_of(stage, 'agent')}"})
    told = client.get(f"/api/v1/events/{stage.event.pk}/").json()
    assert Board(*found).snapshot(None)["event"]["starts_at"] == told["utc_starts_at"]
    assert told["utc_starts_at"].endswith("Z")
