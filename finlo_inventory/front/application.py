"""The RSGI application of a web process: reads, lets wait, and hands over to Django."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from finlo_inventory.front.bodies import Bodies
from finlo_inventory.front.desk import Desk
from finlo_inventory.front.environ import environ_of, trusted
from finlo_inventory.front.limits import Limits
from finlo_inventory.front.refusals import BUSY, Refused, answer, refuse

log = logging.getLogger(__name__)

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

HEALTHY = [("Content-Type", "text/plain"), ("Cache-Control", "no-store")]
# Asked by who watches over us, and answered beside the line: a busy process is no unready one.
OPERATORS = frozenset({"/readyz", "/metrics"})
# Up to here an answer is collected before it is sent, so that a slow reader holds no thread.
COLLECTED = 8_000_000


class Front:
    """One for each process; made in its event loop."""

    def __init__(self, application: Application, threads: int, limits: Limits) -> None:
        loop = asyncio.get_running_loop()
        self._application = application
        self._bodies = Bodies(limits)
        self._desk = Desk("web", threads, limits, loop)
        self._operators = Desk("operator", 1, limits, loop)

    async def __call__(self, scope: Any, protocol: Any) -> None:
        """RSGI's call for each request."""
        path = scope.path
        if path == "/healthz" and scope.method in {"GET", "HEAD"}:
            # By the event loop itself: it says that the process lives, however busy it is.
            answer(protocol, 200, HEALTHY, b"ok\n")
            return
        headers = trusted(scope.headers.items())
        try:
            body = await self._bodies.read(path, headers, protocol)
        except Refused as refused:
            refuse(refused.refusal, path, protocol)
            return
        desk = self._operators if path in OPERATORS else self._desk
        try:
            environ = environ_of(scope, headers, body)
            if not await desk.do(lambda: respond(self._application, environ, protocol)):
                refuse(BUSY, path, protocol)
        finally:
            self._bodies.forget(body)

    def status(self) -> dict[str, Any]:
        """What the supervisor judges by: threads, how many are at work, and what they finished."""
        workers = self._desk.workers
        return {
            "threads": len(workers),
            "working": sum(worker.busy_since is not None for worker in workers),
            "finished": sum(worker.finished for worker in workers),
            "waiting": self._desk.waiting,
            "held_bytes": self._bodies.held,
        }


def respond(application: Application, environ: Environ, protocol: Any) -> None:
    """Let the application answer, and send what it says. Raises nothing."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        started[:] = [int(status.split(" ", 1)[0]), headers]

    try:
        parts = application(environ, start_response)
        try:
            status, headers = started
            _send(protocol, status, headers, iter(parts))
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
    except Exception:
        log.exception("A request failed outside of Django's own handling.")
        # Without effect when an answer was sent already.
        answer(protocol, 500, [("Content-Type", "text/plain")], b"Something went wrong.\n")


def _send(
    protocol: Any, status: int, headers: list[tuple[str, str]], parts: Iterator[bytes]
) -> None:
    collected: list[bytes] = []
    size = 0
    for part in parts:
        collected.append(part)
        size += len(part)
        if size > COLLECTED:
            break
    else:
        answer(protocol, status, headers, b"".join(collected))
        return
    transport = protocol.response_stream(status, headers)
    for part in chain(collected, parts):
        # Queued by the server: what is awaited is only whether the client is still there.
        sent = transport.send_bytes(part).__await__()
        try:
            next(sent)
        except StopIteration:
            continue
        except RuntimeError:
            return
