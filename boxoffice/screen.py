"""One open socket, with the messages that wait for it."""

import asyncio

from boxoffice.board import Audience
from common.handshake import TRY_AGAIN_LATER
from common.sockets import Send

# At ten messages a second, how far a screen may fall behind before it has to start anew.
LONGEST_QUEUE = 64


class Screen:
    """``audience`` is who looks at it.

    ``ended`` is set with a close code once the screen has to go; a slow one ends itself, so that
    nobody ever waits for it.
    """

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue: asyncio.Queue[str] = asyncio.Queue(LONGEST_QUEUE)

    def offer(self, text: str) -> None:
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            self.end(TRY_AGAIN_LATER)

    def end(self, code: int) -> None:
        if not self.ended.done():
            self.ended.set_result(code)

    async def deliver(self, send: Send) -> None:
        while True:
            await send({"type": "websocket.send", "text": await self._queue.get()})
