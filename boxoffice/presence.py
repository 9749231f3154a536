"""Which channels' programs hold a socket open here, written down for the channel's page."""

import asyncio
import contextlib
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from functools import partial
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import Error

from allocations.contacts import NOTED_EVERY, note_contact, note_socket_closed
from allocations.enums import ContactKind

log = logging.getLogger(__name__)

DATABASE_SECONDS = 5.0


class Presence:
    """The open sockets of a loop, counted by channel.

    With several live processes a channel may look away for up to a minute, when its last socket
    in one of them closes while another has one: that one writes down again that it is there.
    """

    def __init__(self) -> None:
        self._open: Counter[int] = Counter()
        self._noting: dict[int, asyncio.Task[None]] = {}
        # One writer at a time, which writes what is so now: never an older truth over a newer.
        self._writing: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    @contextlib.asynccontextmanager
    async def of(self, channel_id: int | None) -> AsyncIterator[None]:
        """Note a channel's socket while it is open; the staff's, ``None``, are nobody's."""
        if channel_id is None:
            yield
            return
        self._open[channel_id] += 1
        if self._open[channel_id] == 1:
            self._noting[channel_id] = asyncio.create_task(self._keep_noting(channel_id))
        try:
            yield
        finally:
            self._open[channel_id] -= 1
            if not self._open[channel_id]:
                self._noting.pop(channel_id).cancel()
                await self._write(channel_id)

    async def _keep_noting(self, channel_id: int) -> None:
        while True:
            await asyncio.shield(self._write(channel_id))
            await asyncio.sleep(NOTED_EVERY.total_seconds())

    async def _write(self, channel_id: int) -> None:
        async with self._writing[channel_id]:
            write = (
                partial(note_contact, kind=ContactKind.SOCKET)
                if self._open[channel_id]
                else note_socket_closed
            )
            try:
                async with asyncio.timeout(DATABASE_SECONDS):
                    await database_sync_to_async(write, thread_sensitive=False)(
                        channel_id=channel_id
                    )
            except (Error, TimeoutError):
                # The numbers on the screen matter; that somebody looks at them can be late.
                log.info("The socket of channel %s could not be noted.", channel_id)


_presence: WeakKeyDictionary[asyncio.AbstractEventLoop, Presence] = WeakKeyDictionary()


def presence() -> Presence:
    """That of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _presence:
        _presence[loop] = Presence()
    return _presence[loop]
