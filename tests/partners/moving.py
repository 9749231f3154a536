"""What the tests of a channel's own transfers share: an event whose units it has, and a request."""

from typing import Any

from tests.factories import Stage, make_stage


def make_moving() -> Stage:
    """Website 60, hotel 30, open 10 of 100, a month before the event."""
    return make_stage(channels=("web", "hotel"), give={("GA", "web"): 60, ("GA", "hotel"): 30})


def body(stage: Stage, **fields: Any) -> dict[str, Any]:
    return {
        "event": stage.event.pk,
        "pool": stage.pools["GA"].pk,
        "direction": "BACK",
        "units": 5,
        "reason": "Fewer guests than last year.",
    } | fields
