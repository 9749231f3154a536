"""The hubs of this process: one for each event that somebody watches."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from boxoffice.board import NewsRow
from boxoffice.hub import EventHub
from boxoffice.screen import Screen
from common.feed import Feed
from events.live import group_name

# A first snapshot waits so long for Redis, to say rightly whether it is live.
REDIS_PATIENCE_SECONDS = 1.0


class Hubs:
    def __init__(self) -> None:
        self._hubs: dict[int, EventHub] = {}
        self._guests: dict[int, int] = {}  # screens of an event, those on their way in included
        self._feed = Feed(self._hear, self._wake, self._lose)

    @contextlib.asynccontextmanager
    async def watching(self, event_id: int, screen: Screen) -> AsyncIterator[EventHub]:
        """The event's hub, which sends to the screen from the first snapshot on.

        Raises what keeps the event from being read.
        """
        hub = self._enter(event_id)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REDIS_PATIENCE_SECONDS):
                    await self._feed.known.wait()
            await hub.ready()
            hub.add(screen)
            yield hub
        finally:
            hub.discard(screen)
            self._leave(event_id)

    def _enter(self, event_id: int) -> EventHub:
        self._guests[event_id] = self._guests.get(event_id, 0) + 1
        if event_id not in self._hubs:
            self._feed.watch(group_name(event_id))
            self._hubs[event_id] = EventHub(event_id, self._feed)
        return self._hubs[event_id]

    def _leave(self, event_id: int) -> None:
        self._guests[event_id] -= 1
        if not self._guests[event_id]:
            del self._guests[event_id]
            self._hubs.pop(event_id).stop()
            self._feed.unwatch(group_name(event_id))

    def _hear(self, rows: list[list[int]]) -> None:
        by_event: dict[int, list[NewsRow]] = {}
        for row in rows:
            by_event.setdefault(row[1], []).append(row)
        for event_id, its_rows in by_event.items():
            if event_id in self._hubs:
                self._hubs[event_id].hear(its_rows)

    def _wake(self, group: str) -> None:
        for event_id, hub in self._hubs.items():
            if group_name(event_id) == group:
                hub.wake()

    def _lose(self) -> None:
        for hub in self._hubs.values():
            hub.lose()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hubs] = WeakKeyDictionary()


def hubs() -> Hubs:
    """Those of the running loop; a server has one loop, a test one of its own."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hubs()
    return _hubs[loop]
