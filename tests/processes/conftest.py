"""Small processes to supervise."""

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from finlo_inventory.processes.logs import Log
from finlo_inventory.processes.pidfiles import PidFiles
from finlo_inventory.processes.service import Service
from finlo_inventory.processes.supervisor import Backoff, Supervisor

PATH = {"PATH": "/usr/bin:/bin"}


def shell(script: str, ready: Callable[[float], bool] = lambda _: True, **more: float) -> Service:
    """A service that is a shell script."""
    return Service(
        name="script",
        command=["sh", "-c", script],
        ready=ready,
        environment=PATH,
        **more,  # type: ignore[arg-type]
    )


class Supervised:
    """A supervisor, what it logged, and a thread in which it watches."""

    def __init__(self, directory: Path) -> None:
        self.output = io.StringIO()
        self.log = Log(self.output, color=False)
        self.pids = PidFiles(directory)
        self.stopping = threading.Event()
        self.supervisor = Supervisor(
            self.log,
            self.pids,
            self.stopping,
            new_backoff=lambda: Backoff(first=0.05, maximum=0.2),
            check_every=0.05,
        )
        self._thread = threading.Thread(target=self.supervisor.watch)

    @property
    def text(self) -> str:
        return self.output.getvalue()

    def watch(self) -> None:
        self._thread.start()

    def pid(self) -> int | None:
        [slot] = self.supervisor._slots
        return slot.child.pid if slot.child else None

    def stop(self) -> None:
        self.stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.supervisor.stop()


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    found = Supervised(tmp_path / "pids")
    yield found
    found.stop()
