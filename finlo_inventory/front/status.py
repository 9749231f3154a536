"""How a web process is, for its supervisor: each process has its own address, all share one port."""

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

# In Linux's abstract namespace: nothing is left on the disk, and nothing needs room there.
ABSTRACT = "\0"
VARIABLE = "FINLO_STATUS_SOCKET"
MAX_BYTES = 4096


async def tell(name: str, status: Callable[[], Mapping[str, Any]]) -> asyncio.AbstractServer:
    """Answer everyone who connects to ``name`` with the status of that moment."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(status()).encode())
        writer.close()

    return await asyncio.start_unix_server(answer, ABSTRACT + name)


def ask(name: str, timeout: float) -> dict[str, Any] | None:
    """The status of the process at ``name``; None when it does not answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(ABSTRACT + name)
            content = b""
            while part := connection.recv(MAX_BYTES):
                content += part
        answer: dict[str, Any] = json.loads(content)
    except (OSError, ValueError):
        return None
    return answer
