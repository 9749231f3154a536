"""The process's ear on the channel layer: one subscription a group, for all its screens."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, cast

from channels.layers import ChannelLayerManager

log = logging.getLogger(__name__)

# A message to ourselves goes all the way through Redis and back: only its return proves that
# news would reach us. A connection can be dead without an error.
PULSE_SECONDS = 1.0
PULSE_LOST_SECONDS = 3.0
CONNECT_SECONDS = 2.0
RETRY_SECONDS = 0.5


class Feed:
    """Hears the news of the watched groups; ``live`` says whether it could be heard at all.

    ``on_news(rows)`` gets what ``common.publisher`` was given, ``on_ready(group)`` is called when a
    group's news is heard from now on, again after each interruption, and ``on_lost()`` when Redis is away.
    """

    def __init__(
        self,
        on_news: Callable[[list[Any]], None],
        on_ready: Callable[[str], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._on_news = on_news
        self._on_ready = on_ready
        self._on_lost = on_lost
        # Our own, because a lost connection is repaired by resetting the whole layer.
        self._layer: Any = ChannelLayerManager()["default"]
        self._watched: set[str] = set()
        self._changed = asyncio.Event()
        self._pulse = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.live = False
        self._told = False
        # Set as soon as it is known for the first time whether Redis answers.
        self.known = asyncio.Event()

    def watch(self, group: str) -> None:
        self._watched.add(group)
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def unwatch(self, group: str) -> None:
        self._watched.discard(group)
        self._changed.set()

    async def _run(self) -> None:
        """For as long as the process lives; without a connection while nobody watches."""
        this = cast("asyncio.Task[None]", asyncio.current_task())
        # The layer can swallow a cancellation that was meant for us; that there was one is remembered.
        while not this.cancelling():
            await self._changed.wait()
            self._changed.clear()
            while self._watched and not this.cancelling():
                try:
                    await self._hear()
                except Exception as error:  # noqa: BLE001 - whatever it is: begin anew
                    self._lose(error)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _hear(self) -> None:
        """Subscribe and listen until nobody watches. Raises when Redis does not answer."""
        await self._reset()
        async with asyncio.timeout(CONNECT_SECONDS):
            channel = await self._layer.new_channel("live.")
        receiver = asyncio.create_task(self._receive(channel))
        try:
            await self._tend(channel)
        finally:
            # First: a receiver that is canceled on a dead connection would try to unsubscribe.
            await self._reset()
            receiver.cancel()
            await asyncio.gather(receiver, return_exceptions=True)
            self.live = False
            self.known.clear()

    async def _tend(self, channel: str) -> None:
        subscribed: set[str] = set()
        while self._watched:
            self._changed.clear()
            fresh = self._watched - subscribed
            async with asyncio.timeout(PULSE_LOST_SECONDS):
                for group in fresh:
                    await self._layer.group_add(group, channel)
                for group in subscribed - self._watched:
                    await self._layer.group_discard(group, channel)
                self._pulse.clear()
                await self._layer.send(channel, {"type": "pulse"})
                await self._pulse.wait()
            subscribed = (subscribed & self._watched) | fresh
            self._find()
            for group in fresh:
                self._on_ready(group)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PULSE_SECONDS):
                    await self._changed.wait()

    async def _receive(self, channel: str) -> None:
        while True:
            message = await self._layer.receive(channel)
            if message["type"] == "pulse":
                self._pulse.set()
            else:
                self._on_news(message["rows"])

    async def _reset(self) -> None:
        # In a task of its own: the layer, waiting for a task that it has canceled, swallows a
        # cancellation that was meant for us.
        resetting = asyncio.ensure_future(self._layer.flush())
        await asyncio.wait({resetting}, timeout=CONNECT_SECONDS)
        if not resetting.done():
            resetting.cancel()
        elif not resetting.cancelled():
            resetting.exception()  # a connection that could not be closed is gone anyway

    def _find(self) -> None:
        self.live = True
        self.known.set()
        if self._told:
            log.info("Redis is back: screens are live again.")
        self._told = False

    def _lose(self, error: Exception) -> None:
        self.live = False
        self.known.set()
        if not self._told:
            log.warning("Redis does not answer (%s): screens say so.", type(error).__name__)
        self._told = True
        self._on_lost()
