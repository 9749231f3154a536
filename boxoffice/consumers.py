"""The WebSocket of an event's numbers: lets a visitor in, and out again."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from django.db import Error

from allocations.counters import UnsettledError
from boxoffice.access import KeyCheck, admit
from boxoffice.board import Audience
from boxoffice.hub import EventHub
from boxoffice.hubs import hubs
from boxoffice.presence import presence
from boxoffice.screen import Screen
from common.handshake import TRY_AGAIN_LATER, RefusedSocketError, Visitor
from common.sockets import Receive, Send, ask_admission, close, listen, recheck, until_first

# A key may have been revoked, a person sent away: how soon an open socket notices.
RECHECK_SECONDS = 30.0
# What a client may say: little, and seldom (``common.sockets``).
LONGEST_MESSAGE = 1_000
SNAPSHOT_SECONDS = 1.0

# Whose numbers the visitor may see, asked once more each time.
Ask = Callable[[], Awaitable[Audience]]


class EventSocket:
    """``/ws/events/{id}/``"""

    def __init__(self, check_key: KeyCheck) -> None:
        self._check_key = check_key

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        event_id = scope["url_route"]["kwargs"]["event_id"]
        visitor = Visitor.of(scope["headers"])
        ask = partial(ask_admission, admit, visitor, event_id, self._check_key)
        # Also if it is then refused: a browser is not told why a socket was never opened.
        await send({"type": "websocket.accept"})
        try:
            audience = await ask()
        except RefusedSocketError as refusal:
            await close(send, refusal.code)
            return
        async with presence().of(audience if isinstance(audience, int) else None):
            code = await _serve(ask, event_id, audience, receive, send)
            if code is not None:
                await close(send, code)


async def _serve(
    ask: Ask, event_id: int, audience: Audience, receive: Receive, send: Send
) -> int | None:
    """Returns the close code, ``None`` if the client left."""
    screen = Screen(audience)
    try:
        async with hubs().watching(event_id, screen) as hub:
            return await until_first(
                screen.ended,
                _listen(receive, screen, hub),
                recheck(ask, RECHECK_SECONDS),
                screen.deliver(send),
            )
    except (Error, TimeoutError, UnsettledError):
        return TRY_AGAIN_LATER


async def _listen(receive: Receive, screen: Screen, hub: EventHub) -> int | None:
    """Answer requests for a snapshot."""
    loop = asyncio.get_running_loop()
    next_snapshot = 0.0

    def answer(text: str | None) -> None:
        nonlocal next_snapshot
        now = loop.time()
        if now >= next_snapshot and _asks_for_snapshot(text):
            next_snapshot = now + SNAPSHOT_SECONDS
            hub.send_snapshot(screen)

    return await listen(receive, answer)


def _asks_for_snapshot(text: str | None) -> bool:
    if not text or len(text) > LONGEST_MESSAGE:
        return False
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("type") == "snapshot"
