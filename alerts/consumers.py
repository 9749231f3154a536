"""The WebSocket of the badge: how many alerts stand at the person's venues."""

from functools import partial
from typing import Any, cast

from accounts.models import User
from accounts.selectors import within_venues
from alerts.hub import Watcher, hub
from alerts.selectors import SEE
from common.handshake import FORBIDDEN, RefusedSocketError, Visitor, person_of
from common.sockets import Receive, Send, ask_admission, close, listen, recheck, until_first
from events.models import Venue

# The session may have ended, a venue been taken: how soon an open socket notices.
RECHECK_SECONDS = 30.0


async def alerts_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """``/ws/alerts/``: ``{"open": …, "standing": …, "newest": …}``, and again after each change."""
    await receive()  # websocket.connect
    ask = partial(ask_admission, admit, Visitor.of(scope["headers"]))
    # Also if it is then refused: a browser is not told why a socket was never opened.
    await send({"type": "websocket.accept"})
    try:
        watcher = Watcher(await ask())
    except RefusedSocketError as refusal:
        await close(send, refusal.code)
        return

    async def ask_again() -> None:
        watcher.venues = await ask()

    async with hub().watching(watcher):
        code = await until_first(
            watcher.ended,
            listen(receive, lambda _text: None),
            recheck(ask_again, RECHECK_SECONDS),
            watcher.deliver(send),
        )
    if code is not None:
        await close(send, code)


def admit(visitor: Visitor) -> frozenset[int] | None:
    """The venues whose alerts the visitor may see, ``None`` for all and what concerns all.

    Raises ``RefusedSocketError``. Reads the database: call it from a thread.
    """
    user = cast("User", person_of(visitor))
    if not user.is_staff or not user.has_perm(SEE):
        raise RefusedSocketError(FORBIDDEN)
    if user.is_superuser:
        return None
    return frozenset(Venue.objects.filter(within_venues(user, "pk")).values_list("pk", flat=True))
