"""What all screens of one event in this process share, so that the cost of a change does not
grow with the number of screens.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import Error

from allocations.unreported import Unreported
from boxoffice.access import NO_SUCH_EVENT
from boxoffice.board import Audience, Board, NewsRow
from boxoffice.screen import Screen
from boxoffice.source import Source
from common.clock import utc
from common.feed import Feed
from common.publisher import merge

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1  # changes are sent at most so often
COMPARE_SECONDS = 2.0  # with the database, while somebody watches


class EventHub:
    """Keeps the board of one event and sends its changes to all its screens.

    The board changes in ``_flush`` and ``_begin`` alone, and both tell every screen: so a screen
    that gets a snapshot at any moment misses nothing.
    """

    def __init__(self, event_id: int, feed: Feed) -> None:
        self.event_id = event_id
        self._feed = feed
        self._source = Source(event_id)
        self._board: Board | None = None
        self._database = True
        self._screens: set[Screen] = set()
        self._snapshots: dict[Audience, str] = {}  # by audience, while they are right
        self._news: dict[int, NewsRow] = {}
        self._everything = False
        self._unreported: Mapping[int, Unreported] | None = None  # as read last, until it is shown
        self._loop = asyncio.get_running_loop()
        self._flush_timer: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0
        self._wake = asyncio.Event()
        self._first: asyncio.Future[None] = self._loop.create_future()
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        self._task.cancel()
        if self._flush_timer:
            self._flush_timer.cancel()

    # --- Screens ----------------------------------------------------------------------------

    async def ready(self) -> None:
        """Wait for the first reading. Raises what kept it from being read."""
        await asyncio.shield(self._first)

    def add(self, screen: Screen) -> None:
        """A snapshot now, and each change from here on. Not before ``ready``."""
        self._screens.add(screen)
        self.send_snapshot(screen)

    def discard(self, screen: Screen) -> None:
        self._screens.discard(screen)

    def send_snapshot(self, screen: Screen) -> None:
        if self._board is None:
            screen.end(NO_SUCH_EVENT)
            return
        audience = screen.audience
        if audience not in self._snapshots:
            self._snapshots[audience] = self._text("snapshot", self._board.snapshot(audience))
        screen.offer(self._snapshots[audience])

    def _tell(self, make: Callable[[Audience], str | None]) -> None:
        """The very same text to all screens of an audience, made once."""
        texts: dict[Audience, str | None] = {}
        for screen in self._screens:
            if screen.audience not in texts:
                texts[screen.audience] = make(screen.audience)
            text = texts[screen.audience]
            if text is not None:
                screen.offer(text)

    def _tell_status(self) -> None:
        self._snapshots.clear()  # they say as of when they are, and whether they are live
        text = self._text("status", {})
        self._tell(lambda _audience: text)

    def _text(self, kind: str, content: dict[str, Any]) -> str:
        message = {
            "type": kind,
            "as_of": self._as_of(),
            "live": self._feed.live,
            "database": self._database,
            **content,
        }
        return json.dumps(message, separators=(",", ":"), ensure_ascii=False)

    def _as_of(self) -> str | None:
        """For which moment the numbers are known to be right: for now, if all is well."""
        if self._feed.live and self._database:
            return utc(self._source.now())
        return utc(self._source.read_at) if self._source.read_at else None

    # --- News -------------------------------------------------------------------------------

    def hear(self, rows: list[NewsRow]) -> None:
        """Take in what has changed, in any order and as often as it comes."""
        merge(self._news, rows)
        if self._board and not all(map(self._board.knows, self._news)):
            self._wake.set()  # a new row: the set-up has changed
        if self._board and any(map(self._board.may_be_reported, rows)):
            self._wake.set()  # what is estimated of it may be known by now
        self._flush_soon()

    def wake(self) -> None:
        """Compare with the database now: something may have been missed."""
        self._wake.set()

    def lose(self) -> None:
        """Redis is away."""
        if self._board:
            self._tell_status()

    def _flush_soon(self) -> None:
        if self._flush_timer is None and self._board is not None:
            due = max(self._loop.time(), self._flushed_at + FLUSH_SECONDS)
            self._flush_timer = self._loop.call_at(due, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        board = self._board
        if board is None:
            return
        news, self._news = self._news.values(), {}
        changed = board.apply(
            news,
            self._source.now(),
            everything=self._everything,
            unreported=self._unreported,
        )
        self._everything, self._unreported = False, None
        if not changed:
            return
        self._flushed_at = self._loop.time()
        self._snapshots.clear()

        def text(audience: Audience) -> str | None:
            visible = board.changes(changed, audience)
            return None if visible is None else self._text("changes", visible)

        self._tell(text)

    # --- The database -----------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._compare()
            except Exception as error:  # noqa: BLE001 - a board that nobody tends would lie
                if not self._first.done():
                    self._first.set_exception(error)
                    self._first.exception()  # whoever waited for it may have gone
                    return
                self._lose_database(error)
            else:
                self._find_database()
            if self._board:
                self._tell_status()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COMPARE_SECONDS):
                    await self._wake.wait()

    async def _compare(self) -> None:
        """What was lost, changed in the set-up, or opened and closed by the clock, heals here."""
        if self._board is None:
            await self._begin()
            return
        reading = await self._source.counters()
        if reading is None:
            self._end()
        elif not self._board.setup.is_as_of(reading.config_version, reading.surroundings):
            await self._begin()
        else:
            rows = [(stock, self.event_id, *numbers) for stock, numbers in reading.counters.items()]
            merge(self._news, rows)
            self._everything, self._unreported = True, reading.unreported
            self._flush_soon()

    async def _begin(self) -> None:
        """A fresh board, and a snapshot of it for all screens."""
        layout_and_reading = await self._source.everything()
        if layout_and_reading is None:
            self._end()
            return
        self._board = Board(*layout_and_reading)
        self._database = True
        self._snapshots.clear()
        for screen in self._screens:
            self.send_snapshot(screen)
        if not self._first.done():
            self._first.set_result(None)

    def _end(self) -> None:
        """The event has gone, and so must its screens."""
        self._board = None
        for screen in self._screens:
            screen.end(NO_SUCH_EVENT)
        if not self._first.done():
            self._first.set_result(None)

    def _lose_database(self, error: Exception) -> None:
        if not isinstance(error, Error | TimeoutError):
            log.error("The board of event %s cannot be read.", self.event_id, exc_info=error)
        elif self._database:
            log.warning("The database does not answer (%s).", type(error).__name__)
        self._database = False

    def _find_database(self) -> None:
        if not self._database:
            log.info("The database answers again.")
        self._database = True
