"""An event of others, a draft and one that is not there cannot be told from one another."""

from collections.abc import Callable
from typing import Any

import pytest

from events.enums import EventStatus
from events.models import Event
from tests.factories import Stage, make_stage
from tests.partners.conftest import Api
from tests.proofs import nothing_changed

NOWHERE = 2_000_000_000
ASKED: dict[str, Callable[[Api, int, Stage], Any]] = {
    "event": lambda web, event, _: web.get(f"/events/{event}/"),
    "availability": lambda web, event, _: web.get(f"/events/{event}/availability/"),
    "conditional": lambda web, event, _: web.get(
        f"/events/{event}/availability/", **{"if-none-match": "*"}
    ),
    "allocation": lambda web, event, _: web.get(f"/allocation/?event={event}"),
    "statement": lambda web, event, _: web.get(f"/allocation/statement/?event={event}"),
    "sale": lambda web, event, of: sell(web, event, of.items["Ticket"].pk, 2),
    "sale of an item of none": lambda web, event, _: sell(web, event, NOWHERE, 2),
    "sale of too many": lambda web, event, of: sell(web, event, of.items["Ticket"].pk, 999),
    "lease": lambda web, event, of: lease(web, event, of.items["Ticket"].pk),
    "lease of an item of none": lambda web, event, _: lease(web, event, NOWHERE),
    "transfer": lambda web, event, of: web.post(
        "/transfers/",
        {
            "event": event,
            "pool": of.pools["GA"].pk,
            "direction": "MORE",
            "units": 1,
            "reason": "more",
        },
    ),
}


def sell(web: Api, event: int, item: int, quantity: int) -> Any:
    lines = [{"item": item, "quantity": quantity}]
    return web.post("/bookings/", {"event": event, "lines": lines, "confirm": True})


def lease(web: Api, event: int, item: int) -> Any:
    lines = [{"item": item, "quantity": 1}]
    return web.post("/leases/", {"event": event, "terminal": "Gate 3", "lines": lines})


def told(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.headers)


@pytest.mark.parametrize("asked", ASKED)
def test_what_a_key_may_not_know_of_is_not_there(web: Api, stage: Stage, asked: str) -> None:
    foreign = make_stage(channels=("theirs",))
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.DRAFT)
    ask = ASKED[asked]
    with nothing_changed():
        nowhere = told(ask(web, NOWHERE, stage))
        assert nowhere[0] == 404
        assert told(ask(web, stage.event.pk, stage)) == nowhere
        assert told(ask(web, foreign.event.pk, foreign)) == nowhere
        # One answer after another: what was learned of an event is remembered for a while.
        assert told(ask(web, stage.event.pk, stage)) == nowhere
