"""The HTTP server of one web process: granian, inside this process."""

import asyncio
import os
import resource
import signal
import socket
import stat
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from finlo_inventory.front import status
from finlo_inventory.front.application import Application, Front
from finlo_inventory.front.limits import Limits

CONNECTIONS = 4_000
# Other files than sockets: modules, the database, Redis.
OTHER_FILES = 200
BACKLOG = 1_024
LOOK_SECONDS, MAX_LOOKS = 0.05, 600
STOP_SECONDS = 10


async def serve(
    application: Application, *, host: str, port: int, threads: int, limits: Limits
) -> None:
    """Until SIGTERM or SIGINT; what is being answered then has ten seconds."""
    front = Front(application, threads, limits)
    server = Server(
        front,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        # Nobody asks for HTTP/2 without TLS, which ends at the proxy.
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=_connections(),
        http1_settings=HTTP1Settings(
            header_read_timeout=int(limits.silent_seconds * 1000),
            max_buffer_size=limits.headers,
        ),
        # It would say once more that it is started and stopped, and that embedding is new.
        log_enabled=False,
    )
    server.workers_kill_timeout = STOP_SECONDS
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    name = os.environ.get(status.VARIABLE)
    telling = await status.tell(name, front.status) if name else None
    bounding = asyncio.create_task(_bound_unread(port, limits.unread_seconds))
    try:
        await server.serve()
    finally:
        bounding.cancel()
        if telling is not None:
            telling.close()


async def _bound_unread(port: int, seconds: float) -> None:
    """Let the kernel give up connections whose client reads no longer, or has vanished.

    Granian knows no limit for it and makes its socket itself, so that the socket is looked for; the
    connections inherit the option. Those that came before it was found are given it too.
    """
    for _ in range(MAX_LOOKS):
        if True in {_bounded(connection, seconds) for connection in _sockets(port)}:
            return
        await asyncio.sleep(LOOK_SECONDS)


def _bounded(connection: socket.socket, seconds: float) -> bool:
    """Set the option and close this copy; whether it is the socket that listens."""
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
        return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _sockets(port: int) -> list[socket.socket]:
    """Copies of our sockets on the port, to be closed."""
    sockets = []
    for path in Path("/proc/self/fd").iterdir():
        try:
            if not stat.S_ISSOCK(path.stat().st_mode):
                continue
            copy = socket.socket(fileno=os.dup(int(path.name)))
        except OSError:
            continue  # closed meanwhile
        is_ours = copy.family in {socket.AF_INET, socket.AF_INET6} and copy.getsockname()[1] == port
        if is_ours:
            sockets.append(copy)
        else:
            copy.close()
    return sockets


def _connections() -> int:
    """As many as we may open, up to a bound; a machine's default of 1,024 files is raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = CONNECTIONS + OTHER_FILES
    maximum = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < maximum:
        resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, hard))
    return max(maximum - OTHER_FILES, 1)
