"""The database as a live process reads it: in a thread, one question at a time, and with patience."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from channels.db import database_sync_to_async

T = TypeVar("T")


class Asking:
    """The questions of one asker."""

    def __init__(self) -> None:
        self._running: asyncio.Future[object] | None = None

    async def ask(self, read: Callable[..., T], *about: object, patience: float) -> T:
        """Raises ``TimeoutError`` without an answer for so many seconds, or Django's ``Error``."""
        async with asyncio.timeout(patience):
            if self._running is not None:
                # An earlier question is still out. Its answer is old by now, but a second thread
                # would only hang beside it.
                await asyncio.wait({self._running})
            future = asyncio.ensure_future(
                database_sync_to_async(read, thread_sensitive=False)(*about)
            )
            self._running = future
            future.add_done_callback(self._answered)
            return await asyncio.shield(future)

    def _answered(self, future: "asyncio.Future[T]") -> None:
        self._running = None
        if not future.cancelled():
            future.exception()  # whoever asked may have gone; it is logged by whoever has not
