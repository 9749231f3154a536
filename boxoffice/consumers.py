"""The WebSocket of an event's numbers: lets a visitor in, and out again.

A plain ASGI application: Channels' consumer classes would subscribe each screen at Redis, and
here one subscription serves all screens of an event.
"""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from channels.db import database_sync_to_async
from django.db import Error

from allocations.counters import UnsettledError
from boxoffice.access import KeyCheck, RefusedSocketError, Visitor, admit
from boxoffice.hub import EventHub
from boxoffice.hubs import hubs
from boxoffice.presence import presence
from boxoffice.screen import TRY_AGAIN_LATER, Screen, Send

log = logging.getLogger(__name__)

POLICY_VIOLATION = 1008
# A key may have been revoked, a person sent away: how soon an open socket notices.
RECHECK_SECONDS = 30.0
# What a client may say: little, and seldom.
LONGEST_MESSAGE = 1_000
MOST_MESSAGES = 20
MESSAGE_WINDOW_SECONDS = 10.0
SNAPSHOT_SECONDS = 1.0
GOODBYE_SECONDS = DATABASE_SECONDS = 5.0

Receive = Callable[[], Awaitable[dict[str, Any]]]
# Whose numbers the visitor may see, asked once more each time.
Ask = Callable[[], Awaitable[int | None]]


class EventSocket:
    """``/ws/events/{id}/``"""

    def __init__(self, check_key: KeyCheck) -> None:
        self._check_key = check_key

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        event_id = scope["url_route"]["kwargs"]["event_id"]
        ask = partial(_admit, Visitor.of(scope["headers"]), event_id, self._check_key)
        # Also if it is then refused: a browser is not told why a socket was never opened.
        await send({"type": "websocket.accept"})
        try:
            audience = await ask()
        except RefusedSocketError as refusal:
            await _close(send, refusal.code)
            return
        async with presence().of(audience):
            code = await _serve(ask, event_id, audience, receive, send)
            if code is not None:
                await _close(send, code)


async def _admit(visitor: Visitor, event_id: int, check_key: KeyCheck) -> int | None:
    """Raises ``RefusedSocketError``, also when the database cannot say who it is."""
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            ask = database_sync_to_async(admit, thread_sensitive=False)
            return cast("int | None", await ask(visitor, event_id, check_key))
    except (Error, TimeoutError):
        raise RefusedSocketError(TRY_AGAIN_LATER) from None


async def _serve(
    ask: Ask, event_id: int, audience: int | None, receive: Receive, send: Send
) -> int | None:
    """Until either side has had enough. Returns the close code, ``None`` if the client left."""
    screen = Screen(audience)
    try:
        async with hubs().watching(event_id, screen) as hub:
            parts: set[asyncio.Future[Any]] = {
                asyncio.ensure_future(_listen(receive, screen, hub)),
                asyncio.ensure_future(_recheck(ask)),
                asyncio.ensure_future(screen.deliver(send)),
            }
            try:
                done, _ = await asyncio.wait(
                    {*parts, screen.ended}, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)
    except (Error, TimeoutError, UnsettledError):
        return TRY_AGAIN_LATER
    return _outcome(done)


def _outcome(done: "set[asyncio.Future[Any]]") -> int | None:
    for part in done:
        error = part.exception()
        if error is None:
            return cast("int | None", part.result())
        if not isinstance(error, OSError):  # the client left while something was being sent
            log.error("A screen's socket broke.", exc_info=error)
    return None


async def _listen(receive: Receive, screen: Screen, hub: EventHub) -> int | None:
    """Answer requests for a snapshot. ``None`` when the client has left."""
    loop = asyncio.get_running_loop()
    window, count, next_snapshot = loop.time(), 0, 0.0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return None
        now = loop.time()
        if now - window > MESSAGE_WINDOW_SECONDS:
            window, count = now, 0
        count += 1
        if count > MOST_MESSAGES:
            return POLICY_VIOLATION
        if now >= next_snapshot and _asks_for_snapshot(message.get("text")):
            next_snapshot = now + SNAPSHOT_SECONDS
            hub.send_snapshot(screen)


def _asks_for_snapshot(text: str | None) -> bool:
    if not text or len(text) > LONGEST_MESSAGE:
        return False
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("type") == "snapshot"


async def _recheck(ask: Ask) -> int:
    """Returns the code of the refusal once the visitor may no longer see this."""
    while True:
        # Spread out, or all screens that came at one moment would ask at one moment.
        await asyncio.sleep(RECHECK_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311
        try:
            await ask()
        except RefusedSocketError as refusal:
            # With the database away nothing new is shown either.
            if refusal.code != TRY_AGAIN_LATER:
                return refusal.code


async def _close(send: Send, code: int) -> None:
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await send({"type": "websocket.close", "code": code})
