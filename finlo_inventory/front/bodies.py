"""Reading what a request carries, before anything else is spent on it."""

import asyncio
from typing import Any

from finlo_inventory.front.environ import Headers
from finlo_inventory.front.limits import Limits
from finlo_inventory.front.refusals import (
    BUSY,
    LENGTH_REQUIRED,
    MALFORMED,
    SLOW,
    Refused,
    too_large,
)

# Up to here a body comes in one piece, which is quicker, and always finds room: a sale is one.
SMALL = 65_536


class Bodies:
    """Reads bodies for one process. Used by its event loop alone."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes that are being read or worked on."""
        return self._held

    async def read(self, path: str, headers: Headers, protocol: Any) -> bytes:
        """The whole body; ``forget`` it afterwards. Raises Refused."""
        length = self._length(path, headers)
        if not length:
            return b""
        try:
            async with asyncio.timeout(self._limits.body_seconds) as patience:
                if length <= SMALL:
                    body = bytes(await protocol())
                    self._held += len(body)
                else:
                    body = await self._collect(protocol, patience)
        except TimeoutError:
            raise Refused(SLOW) from None
        except RuntimeError:
            # The client has gone, or what it sent is no HTTP.
            raise Refused(MALFORMED) from None
        if len(body) != length:
            self.forget(body)
            raise Refused(MALFORMED)
        return body

    def forget(self, body: bytes) -> None:
        self._held -= len(body)

    async def _collect(self, protocol: Any, patience: asyncio.Timeout) -> bytes:
        """What came is counted as it comes: who only announces much takes no room from others."""
        limits = self._limits
        ends = asyncio.get_running_loop().time() + limits.body_seconds
        parts: list[bytes] = []
        size = 0
        try:
            async for part in protocol:
                parts.append(part)
                size += len(part)
                self._held += len(part)
                self._require_room()
                patience.reschedule(ends + size / limits.slowest)
        except BaseException:
            self._held -= size
            raise
        return b"".join(parts)

    def _require_room(self) -> None:
        if self._held > self._limits.all_large_bodies:
            raise Refused(BUSY)

    def _length(self, path: str, headers: Headers) -> int:
        length = 0
        for name, value in headers:
            if name == "transfer-encoding":
                # How much will come is not known before it has come. Browsers never do this, and
                # a proxy that buffers writes the length.
                raise Refused(LENGTH_REQUIRED)
            if name == "content-length":
                if not (value.isascii() and value.isdigit()):
                    raise Refused(MALFORMED)
                length = int(value)
        if length > (maximum := self._limits.body_at(path)):
            raise Refused(too_large(maximum))
        return length
