"""The server of WebSockets with a small application: `python -m tests.processes.live_server PORT`."""

import asyncio
import sys
from typing import Any

from finlo_inventory import live

open_sockets: set[object] = set()
MUCH = "x" * 60_000


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Sends to each socket without a pause; says over HTTP how many are open."""
    if scope["type"] == "http":
        body = str(len(open_sockets)).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await receive()
    await send({"type": "websocket.accept"})
    open_sockets.add(scope["client"])
    try:
        while True:
            await send({"type": "websocket.send", "text": MUCH})
            await asyncio.sleep(0)
    except OSError:
        pass  # the client has gone
    finally:
        open_sockets.remove(scope["client"])


if __name__ == "__main__":
    live.HANDSHAKE_SECONDS = 1
    live.run(
        "127.0.0.1", int(sys.argv[1]), app=application, ws_ping_interval=0.5, ws_ping_timeout=0.5
    )
