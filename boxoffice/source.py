"""The database as a hub reads it: in a thread, one question at a time, and with patience."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from channels.db import database_sync_to_async

from allocations.counters import Reading, read_counters
from boxoffice.selectors import Layout, read_event
from events.models import Event

# Without an answer for so long, the database counts as away.
PATIENCE_SECONDS = 3.0

T = TypeVar("T")


class Source:
    """Readings of one event, and its database's clock in between."""

    def __init__(self, event_id: int) -> None:
        self.event_id = event_id
        self._loop = asyncio.get_running_loop()
        self._running: asyncio.Future[object] | None = None
        self._read: tuple[datetime, float] | None = None  # its clock at a moment of ours

    async def counters(self) -> Reading | None:
        """``None``: the event has gone. Raises ``TimeoutError`` or Django's ``Error``."""
        reading = await self._ask(read_counters)
        self._note(reading)
        return reading

    async def everything(self) -> tuple[Layout, Reading] | None:
        """As ``counters``, with the set-up that fits them."""
        try:
            found = await self._ask(read_event)
        except Event.DoesNotExist:
            return None
        self._note(found[1] if found else None)
        return found

    @property
    def read_at(self) -> datetime | None:
        """The time of the last reading."""
        return self._read[0] if self._read else None

    def now(self) -> datetime:
        """What the database's clock says. There has been a reading."""
        if self._read is None:
            message = "Nothing has been read yet."
            raise RuntimeError(message)
        then, moment = self._read
        return then + timedelta(seconds=self._loop.time() - moment)

    def _note(self, reading: Reading | None) -> None:
        if reading is not None:
            self._read = (reading.now, self._loop.time())

    async def _ask(self, read: Callable[[int], T]) -> T:
        async with asyncio.timeout(PATIENCE_SECONDS):
            if self._running is not None:
                # An earlier question is still out. Its answer is old by now, but a second thread
                # would only hang beside it.
                await asyncio.wait({self._running})
            asked = asyncio.ensure_future(
                database_sync_to_async(read, thread_sensitive=False)(self.event_id)
            )
            self._running = asked
            asked.add_done_callback(self._answered)
            return await asyncio.shield(asked)

    def _answered(self, asked: "asyncio.Future[T]") -> None:
        self._running = None
        if not asked.cancelled():
            asked.exception()  # whoever asked may have gone; it is logged by whoever has not
