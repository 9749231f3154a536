"""How fast each channel sells, for all screens of an event: read at most once a minute in a process."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypedDict

from sales.selectors import tickets_by_channel

SLOT = timedelta(minutes=10)
SLOTS = 18  # three hours
# As a window of docs/velocity.md: the last ones that are complete, and the running one.
HOUR_SLOTS = 7
REST = timedelta(minutes=1)
# Events whose pace one process keeps; those not asked for the longest go first.
KEPT = 200

Tickets = dict[tuple[int, int], int]  # (slot, channel) →
Read = Callable[[int, datetime, timedelta], Tickets]


class ChannelPace(TypedDict):
    """Tickets that a channel has sold in each slot, the running one last; and in the last hour."""

    channel: int
    slots: list[int]
    last_hour: int


class PaceJson(TypedDict):
    """``slots``: how many each channel has. A channel that has sold nothing is left out."""

    slots: int
    channels: list[ChannelPace]


class EventPace:
    """One event's. A statement reads what is new since the last one, and the slot before it again.

    So it costs what was sold in twenty minutes, however much was sold before; only the first reads all.
    """

    def __init__(self, event_id: int, read: Read) -> None:
        self._event_id = event_id
        self._read = read
        self._lock = Lock()
        self._tickets: Tickets = {}
        self._read_at: datetime | None = None

    def at(self, now: datetime) -> Tickets:
        if self._read_at is not None and timedelta() <= now - self._read_at < REST:
            return self._tickets
        # While one reads, the others show what was read last; only the very first time they wait.
        if self._lock.acquire(blocking=self._read_at is None):
            try:
                self._refresh(now)
            finally:
                self._lock.release()
        return self._tickets

    def _refresh(self, now: datetime) -> None:
        if self._read_at is not None and timedelta() <= now - self._read_at < REST:
            return  # somebody else has, while this one waited
        first = slot_of(now) - SLOTS + 1
        since = first
        if self._read_at is not None and self._read_at <= now:
            since = max(first, slot_of(self._read_at) - 1)
        known = {key: tickets for key, tickets in self._tickets.items() if first <= key[0] < since}
        moment = datetime.fromtimestamp(since * SLOT.total_seconds(), now.tzinfo)
        self._tickets = known | self._read(self._event_id, moment, SLOT)
        self._read_at = now


class Paces:
    """Those of the events that somebody watches."""

    def __init__(self, read: Read = tickets_by_channel) -> None:
        self._read = read
        self._lock = Lock()
        self._events: OrderedDict[int, EventPace] = OrderedDict()

    def of(self, event_id: int, now: datetime) -> Tickets:
        with self._lock:
            pace = self._events.setdefault(event_id, EventPace(event_id, self._read))
            self._events.move_to_end(event_id)
            if len(self._events) > KEPT:
                self._events.popitem(last=False)
        return pace.at(now)


def slot_of(moment: datetime) -> int:
    return int(moment.timestamp() // SLOT.total_seconds())


def pace_json(tickets: Tickets, now: datetime, listed: frozenset[int] | None) -> PaceJson:
    """``listed``: the channels that the person sees; ``None``: all."""
    last = slot_of(now)
    channels = {channel for _slot, channel in tickets if listed is None or channel in listed}
    series = {
        channel: [tickets.get((slot, channel), 0) for slot in range(last - SLOTS + 1, last + 1)]
        for channel in sorted(channels)
    }
    return {
        "slots": SLOTS,
        "channels": [
            {"channel": channel, "slots": slots, "last_hour": sum(slots[-HOUR_SLOTS:])}
            for channel, slots in series.items()
        ],
    }


paces = Paces()
