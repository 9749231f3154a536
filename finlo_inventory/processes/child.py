"""One running process and the group it leads."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from finlo_inventory.processes.errors import CannotStart, StoppedEarly
from finlo_inventory.processes.logs import Log
from finlo_inventory.processes.pidfiles import RUN_VARIABLE, PidFiles
from finlo_inventory.processes.service import Service

SET_PARENT_DEATH_SIGNAL = 1
PAUSE = 0.05
READER_SECONDS = 2
# Looked up before any fork: the child may not import or allocate more than it must.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def stop_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Something to run in a new child, so that the kernel stops it when we are killed.

    The kernel means the thread that forked, not the process: children are started by the
    main thread alone.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _prctl is not None:
            _prctl(SET_PARENT_DEATH_SIGNAL, int(number))
            if os.getppid() != parent:  # killed before the line above
                os._exit(1)

    return prepare


class Child:
    """Started on creation, in a session of its own: Ctrl-C reaches the supervisor alone."""

    def __init__(self, service: Service, log: Log, pids: PidFiles) -> None:
        self.service = service
        self._pids = pids
        self.started_at = time.time()
        account: dict[str, Any] = service.account.popen_arguments() if service.account else {}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own fixed commands
                list(service.command),
                env={**service.environment, RUN_VARIABLE: pids.run},
                stdin=subprocess.PIPE if service.standard_input else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Safe beside our threads: one system call, looked up in advance.
                preexec_fn=stop_with_parent(service.stop_signal),  # noqa: PLW1509
                **{**account, "cwd": service.directory},
            )
        except OSError as error:
            raise CannotStart(f"Cannot run {service.command[0]}: {error.strerror}.") from None
        self.pid = self._process.pid
        try:
            pids.write(service.name, self.pid, service.stop_signal)
        except OSError as error:
            # It runs all the same; should we be killed, the kernel stops it.
            log.line(service.name, f"its process id is not written down: {error.strerror}")
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
                pipe.write(service.standard_input.encode())
        if self._process.stdout is None:
            raise AssertionError("Popen was given a pipe for the output")
        self._reader = log.follow(service.name, self._process.stdout)

    def is_alive(self) -> bool:
        # WNOWAIT leaves the zombie in place, and with it the process group's number: killing
        # the group in bury() cannot meet a stranger.
        if self._process.returncode is not None:
            return False
        ending = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ending is None

    def bury(self) -> int:
        """After its death: end the rest of its group. Returns the exit status, as Popen does."""
        if self._process.returncode is None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
            self._reader.join(READER_SECONDS)
            with contextlib.suppress(OSError):
                self._pids.remove(self.service.name)
        return self._process.returncode

    def stop(self) -> int:
        """Ask, wait, and kill what has not gone by then."""
        self.send(self.service.stop_signal)
        self.wait(self.service.stop_within)
        return self.kill()

    def kill(self) -> int:
        self._signal_group(signal.SIGKILL)
        self.wait(self.service.stop_within)
        return self.bury()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within `seconds`."""
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        return True

    def send(self, number: signal.Signals) -> None:
        """To the leader alone: granian, celery and postgres tell their own children."""
        if self.is_alive():
            self._process.send_signal(number)

    def send_kill(self) -> None:
        """To all of its group. Returns at once: the death is seen by ``is_alive``."""
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


def start_ready(
    services: Sequence[Service],
    log: Log,
    pids: PidFiles,
    stopping: Callable[[], bool] = lambda: False,
) -> list[Child]:
    """Start services side by side and wait until each says that it is ready.

    Raises CannotStart when one ends or takes longer than its `start_within`, and StoppedEarly
    as soon as `stopping` says so; then none of them is left running.
    """
    children: list[Child] = []
    try:
        for service in services:
            # One by one: when the second cannot be run, the first must be known to be stopped.
            children.append(Child(service, log, pids))  # noqa: PERF401
        for child in children:
            _wait_ready(child, stopping)
    except BaseException:
        for child in reversed(children):
            child.stop()
        raise
    return children


def _wait_ready(child: Child, stopping: Callable[[], bool]) -> None:
    service = child.service
    deadline = child.started_at + service.start_within
    while not service.ready(child.started_at):
        if stopping():
            raise StoppedEarly
        if not child.is_alive():
            raise CannotStart(
                f"{service.name} ended at once with status {child.bury()}: "
                f"see the lines of {service.name} above."
            )
        if time.time() >= deadline:
            raise CannotStart(
                f"{service.name} was not ready within {service.start_within:.0f} seconds."
            )
        time.sleep(PAUSE)
