"""The life of an open WebSocket, in a plain ASGI application.

Channels' consumer classes would subscribe each socket at Redis; here a process subscribes once
for all of its sockets.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

from channels.db import database_sync_to_async
from django.db import Error

from common.handshake import TRY_AGAIN_LATER, RefusedSocketError

log = logging.getLogger(__name__)

POLICY_VIOLATION = 1008
MAX_MESSAGES = 20
MESSAGE_WINDOW_SECONDS = 10.0
GOODBYE_SECONDS = DATABASE_SECONDS = 5.0

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")


async def ask_admission(admit: Callable[..., T], *visitor: object) -> T:
    """What ``admit`` says, in a thread.

    Raises ``RefusedSocketError``, also when the database cannot say who it is.
    """
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            ask = database_sync_to_async(admit, thread_sensitive=False)
            return cast("T", await ask(*visitor))
    except (Error, TimeoutError):
        raise RefusedSocketError(TRY_AGAIN_LATER) from None


async def listen(receive: Receive, hear: Callable[[str | None], None]) -> int | None:
    """Hear what the client says, while that is seldom. ``None`` when it has left."""
    loop = asyncio.get_running_loop()
    window, count = loop.time(), 0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return None
        now = loop.time()
        if now - window > MESSAGE_WINDOW_SECONDS:
            window, count = now, 0
        count += 1
        if count > MAX_MESSAGES:
            return POLICY_VIOLATION
        hear(message.get("text"))


async def recheck(ask: Callable[[], Awaitable[object]], seconds: float) -> int:
    """Ask again and again. Returns the code of the refusal once the visitor may no longer see this."""
    while True:
        # Spread out, or all screens that came at one moment would ask at one moment.
        await asyncio.sleep(seconds * random.uniform(0.8, 1.2))  # noqa: S311
        try:
            await ask()
        except RefusedSocketError as refusal:
            # With the database away nothing new is shown either.
            if refusal.code != TRY_AGAIN_LATER:
                return refusal.code


async def until_first(
    ended: "asyncio.Future[int]", *parts: Coroutine[Any, Any, int | None]
) -> int | None:
    """Until either side has had enough. Returns the close code, ``None`` if the client left."""
    running: set[asyncio.Future[Any]] = {asyncio.ensure_future(part) for part in parts}
    try:
        done, _ = await asyncio.wait({*running, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for part in running:
            part.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    for part in done:
        error = part.exception()
        if error is None:
            return cast("int | None", part.result())
        if not isinstance(error, OSError):  # the client left while something was being sent
            log.error("A screen's socket broke.", exc_info=error)
    return None


async def close(send: Send, code: int) -> None:
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await send({"type": "websocket.close", "code": code})
