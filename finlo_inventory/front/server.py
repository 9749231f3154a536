"""The HTTP server of one web process: granian, inside this process."""

import asyncio
import os
import resource
import signal

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
    try:
        await server.serve()
    finally:
        if telling is not None:
            telling.close()


def _connections() -> int:
    """As many as we may open, up to a bound; a machine's default of 1,024 files is raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(most - OTHER_FILES, 1)
