"""How many alerts stand, for everybody who has the admin open: counted once a process, for all of them."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from django.db import Error

from alerts.live import GROUP
from alerts.selectors import Tally, tallies
from common.database_reader import Asking
from common.feed import Feed
from common.handshake import TRY_AGAIN_LATER
from common.sockets import Send

log = logging.getLogger(__name__)

REST_SECONDS = 0.5  # between two counts, however much happens
RECOUNT_SECONDS = (
    10.0  # without news: what Redis has lost heals, and a silent connection is noticed
)
PATIENCE_SECONDS = 3.0


class Watcher:
    """One open socket. Only the latest count waits for it, so that a slow one holds nobody up.

    ``venues``: those whose alerts it counts, ``None`` for all, and what concerns all of them.
    """

    def __init__(self, venues: frozenset[int] | None) -> None:
        self.venues = venues
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._text = ""
        self._wake = asyncio.Event()

    def offer(self, text: str, *, again: bool) -> None:
        """``again``: also if it has been told before."""
        if again or text != self._text:
            self._text = text
            self._wake.set()

    def end(self, code: int) -> None:
        if not self.ended.done():
            self.ended.set_result(code)

    async def deliver(self, send: Send) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await send({"type": "websocket.send", "text": self._text})


class Hub:
    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._feed = Feed(lambda _rows: self._wake.set(), lambda _group: self._wake.set(), _nothing)
        self._asking = Asking()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watching(self, watcher: Watcher) -> AsyncIterator[None]:
        """The counts are sent to the watcher, the first as soon as it is known."""
        self._watchers.add(watcher)
        self._wake.set()
        if self._task is None:
            self._feed.watch(GROUP)
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._watchers.discard(watcher)
            if not self._watchers and self._task is not None:
                self._feed.unwatch(GROUP)
                self._task.cancel()
                self._task = None

    async def _run(self) -> None:
        while True:
            again = not self._wake.is_set()
            self._wake.clear()
            try:
                self._tell(await self._asking.ask(tallies, patience=PATIENCE_SECONDS), again=again)
            except Exception as error:  # noqa: BLE001 - a badge that nobody tends would lie
                self._lose(error)
            await asyncio.sleep(REST_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECOUNT_SECONDS):
                    await self._wake.wait()

    def _tell(self, by_venue: dict[int | None, Tally], *, again: bool) -> None:
        texts: dict[frozenset[int] | None, str] = {}
        for watcher in self._watchers:
            venues = watcher.venues
            if venues not in texts:
                texts[venues] = _text(by_venue, venues)
            watcher.offer(texts[venues], again=again)

    def _lose(self, error: Exception) -> None:
        if isinstance(error, Error | TimeoutError):
            log.warning("The database does not answer (%s).", type(error).__name__)
        else:
            log.error("Alerts cannot be counted.", exc_info=error)
        for watcher in self._watchers:
            watcher.end(TRY_AGAIN_LATER)


def _text(by_venue: dict[int | None, Tally], venues: frozenset[int] | None) -> str:
    selection = (tally for venue, tally in by_venue.items() if venues is None or venue in venues)
    return json.dumps(sum(selection, Tally())._asdict(), separators=(",", ":"))


def _nothing() -> None:
    """Without Redis counts are late by seconds, and that is all."""


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """That of the running loop; a server has one loop, a test one of its own."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
