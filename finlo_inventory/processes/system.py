"""Our own five processes: how each is started, and how it is known to be well."""

import http.client
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from finlo_inventory import heartbeats
from finlo_inventory.processes.service import Service

TIMEOUT = 2
# Beat leaves a sign each second, the workers every five.
FRESH_SECONDS = 30
SERVER_ERROR = 500
DISCOVERABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not to listen


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Where the parts of one running system are."""

    checkout: Path
    state: Path
    host: str
    web_port: int
    web_workers: int
    web_threads: int
    live_port: int
    redis_url: str
    environment: Mapping[str, str]

    def preparation(self) -> Service:
        return Service(
            name="prepare",
            command=self._python("manage.py", "prepare"),
            ready=lambda _started: True,
            environment=self.environment,
            directory=self.checkout,
        )

    def web(self) -> Service:
        return Service(
            name="web",
            command=self._python(
                "-m",
                "granian",
                "--interface=wsgi",
                f"--host={self.host}",
                f"--port={self.web_port}",
                f"--workers={self.web_workers}",
                f"--blocking-threads={self.web_threads}",
                "--respawn-failed-workers",
                "--workers-kill-timeout=10",
                "--no-ws",
                "--log-level=error",
                "finlo_inventory.wsgi:application",
            ),
            ready=lambda _started: answers(self.host, self.web_port),
            environment=self.environment,
            directory=self.checkout,
        )

    def live(self) -> Service:
        return Service(
            name="live",
            command=self._python(
                "-m",
                "uvicorn",
                "finlo_inventory.asgi:application",
                f"--host={self.host}",
                f"--port={self.live_port}",
                "--lifespan=off",
                "--no-access-log",
                "--log-level=warning",
                # No message of a screen is larger.
                "--ws-max-size=65536",
                "--timeout-graceful-shutdown=3",
            ),
            ready=lambda _started: answers(self.host, self.live_port),
            environment=self.environment,
            directory=self.checkout,
        )

    def worker(self) -> Service:
        return Service(
            name="worker",
            command=self._celery(
                "worker",
                "--queues=sales,default",
                # Processes, not threads: a task that hangs can be ended by its time limit, and
                # one that crashes takes only its own process along.
                "--pool=prefork",
                "--concurrency=2",
                "--without-gossip",
                "--without-mingle",
                "--hostname=worker@%h",
            ),
            ready=self._seen("worker"),
            environment=self.environment,
            directory=self.checkout,
            # Both of its processes may be at work on something long.
            patience=300,
        )

    def notifier(self) -> Service:
        return Service(
            name="notifier",
            command=self._celery(
                "worker",
                "--queues=deliveries",
                # Threads: all they do is wait for other servers, and each send ends by itself.
                "--pool=threads",
                "--concurrency=4",
                "--without-gossip",
                "--without-mingle",
                "--hostname=notifier@%h",
            ),
            ready=self._seen("notifier"),
            environment=self.environment,
            directory=self.checkout,
            # What is being sent is sent to its end: half a minute at most, and not twice.
            stop_within=45,
            patience=120,
        )

    def beat(self) -> Service:
        return Service(
            name="beat",
            command=self._celery(
                "beat",
                "--scheduler=finlo_inventory.celery:HeartbeatScheduler",
                f"--schedule={self.state / 'beat-schedule'}",
                "--pidfile=",
            ),
            ready=self._seen("beat"),
            environment=self.environment,
            directory=self.checkout,
            patience=120,
        )

    def _python(self, *arguments: str) -> list[str]:
        return [sys.executable, *arguments]

    def _celery(self, *arguments: str) -> list[str]:
        return self._python("-m", "celery", "--quiet", "-A", "finlo_inventory", *arguments)

    def _seen(self, name: str) -> Callable[[float], bool]:
        def ready(started: float) -> bool:
            found = heartbeats.read(self.redis_url)
            if found is None:
                # Redis is down: nothing is known, and a restart would not help.
                return True
            seen = found[name]
            return seen is not None and seen >= max(started, time.time() - FRESH_SECONDS)

        return ready


def site(host: str, port: int) -> str:
    """The address at which a program on this machine finds what listens there."""
    found = DISCOVERABLE.get(host, host)
    return f"http://[{found}]:{port}" if ":" in found else f"http://{found}:{port}"


def answers(host: str, port: int) -> bool:
    """Whether an HTTP server answers there, whatever it thinks of our Host header."""
    connection = http.client.HTTPConnection(DISCOVERABLE.get(host, host), port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
