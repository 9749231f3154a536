"""The news of an event, on their way to the screens that watch it."""

from collections.abc import Iterable

from common.publisher import publish

# A stock row that no event has: who is told of it looks at the set-up anew.
NO_ROW = 0


def group_name(event_id: int) -> str:
    """The channel-layer group that hears of an event."""
    return f"event.{event_id}"


def announce_setup(event_ids: Iterable[int]) -> None:
    """Tell whoever watches the events, after the commit, that more than stock has changed. Costs the caller nothing and may be
    lost: each screen's process compares with the database every other second anyway.
    """
    for event_id in event_ids:
        row = [NO_ROW, event_id, 0, 0, 0, 0, 0]
        publish(group_name(event_id), {"type": "stock.changed", "rows": [row]})
