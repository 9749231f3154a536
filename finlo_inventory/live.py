"""The server of WebSockets: `python -m finlo_inventory.live`. uvicorn, with an end to silence.

A client that has vanished, or reads no longer, is noticed in four ways: a handshake has to be whole
soon; the kernel asks silent connections; it gives up what stays unread; and uvicorn's own pings end a
connection at once, where it would wait until what cannot be sent is sent.
"""

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from finlo_inventory.processes.garbage import collect_rarely

HANDSHAKE_SECONDS = 10
# Together: who is silent for a minute is asked three times within the next half.
KEEPALIVE = {
    socket.TCP_KEEPIDLE: 60,
    socket.TCP_KEEPINTVL: 10,
    socket.TCP_KEEPCNT: 3,
    # Milliseconds that something sent may stay without an answer, or in front of a full window.
    socket.TCP_USER_TIMEOUT: 60_000,
}
# No message of a screen is larger.
LARGEST_MESSAGE = 65_536
STOP_SECONDS = 3


class Handshake(H11Protocol):
    """HTTP until it becomes a WebSocket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(HANDSHAKE_SECONDS, self._give_up)

    def _give_up(self) -> None:
        # Once it is a WebSocket the connection has another protocol, and this one no say.
        # What else is asked here over HTTP is answered at once.
        if self.transport.get_protocol() is self:
            self.transport.abort()


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket that is gone when its pings stay without an answer."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # Above it is only asked to close, once everything before that is sent.
        self.transport.abort()


def config(host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        "finlo_inventory.asgi:application",
        host=host,
        port=port,
        http=Handshake,
        ws=Socket,
        lifespan="off",
        access_log=False,
        log_level="warning",
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=STOP_SECONDS,
        # A proxy writes the client's address into a header, which nothing here asks for.
        proxy_headers=False,
    )


def listen(settings: uvicorn.Config) -> socket.socket:
    """A bound socket whose options all of its connections inherit."""
    listener = settings.bind_socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        listener.setsockopt(socket.IPPROTO_TCP, option, value)
    return listener


def run(host: str, port: int, **changes: Any) -> None:
    settings = config(host, port)
    for name, value in changes.items():
        setattr(settings, name, value)
    settings.load()
    collect_rarely()
    uvicorn.Server(settings).run(sockets=[listen(settings)])


if __name__ == "__main__":
    from django.conf import settings as django_settings

    run(django_settings.WEB_HOST, django_settings.LIVE_PORT)
