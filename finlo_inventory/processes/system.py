"""Our own processes: how each is started, and how it is known to be well."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from finlo_inventory.front import status
from finlo_inventory.processes.service import Service
from finlo_inventory.processes.wellness import (
    DISCOVERABLE,
    Progress,
    Seen,
    http_answers,
    postgres_answers,
)
from finlo_inventory.schedule import OF_NOTIFIER, OF_PLANNER, OF_WORKER


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Where the parts of one running system are."""

    checkout: Path
    state: Path
    host: str
    web_port: int
    web_workers: int
    live_port: int
    database_url: str
    redis_url: str
    environment: Mapping[str, str]
    # Tells this run's processes from those of another system on this machine.
    run: str = field(default_factory=lambda: secrets.token_hex(8))

    def preparation(self) -> Service:
        return Service(
            name="prepare",
            command=self._python("manage.py", "prepare"),
            ready=lambda _started: True,
            environment=self.environment,
            directory=self.checkout,
        )

    def web(self) -> list[Service]:
        """One service a process: each is watched and restarted by itself, and all share one port."""
        return [self._web(number) for number in range(1, self.web_workers + 1)]

    def _web(self, number: int) -> Service:
        name = f"finlo-{self.run}-web-{number}"
        return Service(
            name=f"web-{number}",
            command=self._python("-m", "finlo_inventory.front"),
            ready=Progress(name, self._database_answers),
            # One that is frozen takes its share of connections all the same.
            patience=15,
            environment={**self.environment, status.VARIABLE: name},
            directory=self.checkout,
        )

    def live(self) -> Service:
        return Service(
            name="live",
            command=self._python("-m", "finlo_inventory.live"),
            ready=lambda _started: http_answers(self.host, self.live_port),
            environment=self.environment,
            directory=self.checkout,
        )

    def worker(self) -> Service:
        return Service(
            name="worker",
            command=self._celery(
                "worker",
                f"--queues={','.join(OF_WORKER)}",
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

    def planner(self) -> Service:
        return Service(
            name="planner",
            command=self._celery(
                "worker",
                f"--queues={','.join(OF_PLANNER)}",
                "--pool=prefork",
                # There is one what-if at a time, and one checklist: each finds a process that is free.
                "--concurrency=2",
                "--without-gossip",
                "--without-mingle",
                "--hostname=planner@%h",
            ),
            ready=self._seen("planner"),
            environment=self.environment,
            directory=self.checkout,
            patience=300,
        )

    def notifier(self) -> Service:
        return Service(
            name="notifier",
            command=self._celery(
                "worker",
                f"--queues={','.join(OF_NOTIFIER)}",
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

    def _seen(self, name: str) -> Seen:
        return Seen(name, self.redis_url, self._database_answers)

    def _database_answers(self) -> bool:
        return postgres_answers(self.database_url)


def site(host: str, port: int) -> str:
    """The address at which a program on this machine finds what listens there."""
    address = DISCOVERABLE.get(host, host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
