"""The database as a hub reads it."""

import asyncio
from datetime import datetime, timedelta

from allocations.counters import Reading, read_counters
from boxoffice.selectors import Layout, read_event
from common.database_reader import Asking
from events.models import Event

# Without an answer for so long, the database counts as away.
PATIENCE_SECONDS = 3.0


class Source:
    """Readings of one event, and its database's clock in between."""

    def __init__(self, event_id: int) -> None:
        self.event_id = event_id
        self._loop = asyncio.get_running_loop()
        self._asking = Asking()
        self._read: tuple[datetime, float] | None = None  # its clock at a moment of ours

    async def counters(self) -> Reading | None:
        """``None``: the event has gone. Raises ``TimeoutError`` or Django's ``Error``."""
        reading = await self._asking.ask(read_counters, self.event_id, patience=PATIENCE_SECONDS)
        self._note(reading)
        return reading

    async def everything(self) -> tuple[Layout, Reading] | None:
        """As ``counters``, with the set-up that fits them."""
        try:
            layout_and_reading = await self._asking.ask(
                read_event, self.event_id, patience=PATIENCE_SECONDS
            )
        except Event.DoesNotExist:
            return None
        self._note(layout_and_reading[1] if layout_and_reading else None)
        return layout_and_reading

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
