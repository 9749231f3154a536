"""Who runs, written down, so that the next start finds what a killed supervisor left behind."""

import json
import os
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path

from finlo_inventory.processes import procfs

# In the environment of every child: tells our orphans from strangers.
RUN_VARIABLE = "FINLO_RUN"
SWEEP_SECONDS = 10


class PidFiles:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.run = secrets.token_hex(8)
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, pid: int, stop_signal: signal.Signals) -> None:
        content = {
            "pid": pid,
            "started": procfs.started(pid),
            "run": self.run,
            "signal": int(stop_signal),
        }
        write_atomically(self.directory / f"{name}.json", json.dumps(content))

    def remove(self, name: str) -> None:
        (self.directory / f"{name}.json").unlink(missing_ok=True)

    def sweep(self, report: Callable[[str], None]) -> None:
        """End what an earlier run left running, and forget it.

        Only called while holding the lock of the state directory, so that nothing found here
        has a living supervisor.
        """
        for path in sorted(self.directory.glob("*.json")):
            try:
                record = json.loads(path.read_text())
                leftovers = Leftovers(
                    int(record["pid"]), str(record["started"]), str(record["run"])
                )
                stop_signal = signal.Signals(int(record["signal"]))
            except (OSError, ValueError, KeyError):
                path.unlink(missing_ok=True)
                continue
            if leftovers.alive():
                report(f"stopping {path.stem}, left behind by an earlier run")
                leftovers.end(stop_signal)
            path.unlink(missing_ok=True)


class Leftovers:
    """One child of an earlier run, and the children it had itself."""

    def __init__(self, pid: int, started: str, run: str) -> None:
        self.pid, self.started, self.run = pid, started, run

    def alive(self) -> list[int]:
        """Those still there. A pid alone proves nothing: the kernel gives it out again."""
        if procfs.started(self.pid) == self.started:
            return [self.pid, *(pid for pid in procfs.session_members(self.pid) if pid != self.pid)]
        return [
            pid
            for pid in procfs.session_members(self.pid)
            if procfs.has_variable(pid, RUN_VARIABLE, self.run)
        ]

    def end(self, stop_signal: signal.Signals) -> None:
        leader = [pid for pid in self.alive() if pid == self.pid]
        for pid in leader:
            _send(pid, stop_signal)
        deadline = time.monotonic() + (SWEEP_SECONDS if leader else 0)
        while time.monotonic() < deadline and self.alive():
            time.sleep(0.05)
        for pid in self.alive():
            _send(pid, signal.SIGKILL)
        deadline = time.monotonic() + SWEEP_SECONDS
        while time.monotonic() < deadline and self.alive():
            time.sleep(0.02)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def write_atomically(path: Path, content: str) -> None:
    """Readable by its owner alone; a reader sees the old content or the new, never a part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
