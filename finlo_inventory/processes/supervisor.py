"""Starts processes in order, keeps them running, and stops them in reverse."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from finlo_inventory.processes.child import Child, start_ready
from finlo_inventory.processes.errors import CannotStart, StoppedEarly
from finlo_inventory.processes.logs import Log
from finlo_inventory.processes.pidfiles import PidFiles
from finlo_inventory.processes.service import Service

NAME = "serve"


@dataclass(slots=True, kw_only=True)
class Backoff:
    """How long to wait before the next restart: doubled each time, forgotten after calm."""

    first: float = 0.5
    maximum: float = 30
    calm: float = 60
    _delay: float = field(default=0, init=False)

    def after_running(self, seconds: float) -> float:
        if seconds >= self.calm or not self._delay:
            self._delay = self.first
        else:
            self._delay = min(self._delay * 2, self.maximum)
        return self._delay


@dataclass(slots=True)
class Slot:
    """A service and its present process; times are of `time.monotonic`."""

    service: Service
    backoff: Backoff
    child: Child | None
    since: float
    was_ready: bool = True
    failing_since: float | None = None
    restart_at: float = 0
    # Set while a process that is not well is being stopped: until when it may go by itself.
    stop_by: float | None = None
    # What was said last of it: the same trouble is said once, and not with each restart.
    trouble: str = ""

    @property
    def patience(self) -> float:
        """A process that has not been ready yet is given the time of a start."""
        return self.service.patience if self.was_ready else self.service.start_within

    def is_unwell(self, now: float) -> bool:
        return self.failing_since is not None and now - self.failing_since > self.patience


class Supervisor:
    """One thread starts and buries; a second one asks each process whether it is well."""

    def __init__(
        self,
        log: Log,
        pids: PidFiles,
        stopping: threading.Event,
        *,
        new_backoff: Callable[[], Backoff] = Backoff,
        check_every: float = 3,
    ) -> None:
        self._log = log
        self._pids = pids
        self._stopping = stopping
        self._new_backoff = new_backoff
        self._check_every = check_every
        self._slots: list[Slot] = []

    def start(self, *services: Service) -> None:
        """Side by side; returns when all are ready. Raises CannotStart or StoppedEarly."""
        children = start_ready(services, self._log, self._pids, self._stopping.is_set)
        now = time.monotonic()
        for child in children:
            self._slots.append(Slot(child.service, self._new_backoff(), child, now))
            self._log.line(NAME, f"{child.service.name} is ready")

    def leave_for_later(self, service: Service) -> None:
        """`watch` starts it, and nobody waits until it is ready: for what may come up a little later."""
        self._slots.append(Slot(service, self._new_backoff(), None, time.monotonic()))

    def run_once(self, service: Service) -> None:
        """Run a command to its end. Raises CannotStart when it fails, and StoppedEarly."""
        child = Child(service, self._log, self._pids)
        while child.is_alive() and not self._stopping.is_set():
            child.wait(0.2)
        if self._stopping.is_set():
            child.stop()
            raise StoppedEarly
        status = child.bury()
        if status != 0:
            raise CannotStart(
                f"{service.name} ended with status {status}: see the lines of {service.name} above."
            )

    def watch(self) -> None:
        """Until a stop is asked for: restart what has died or has not been well for too long."""
        checker = threading.Thread(target=self._check_health, daemon=True)
        checker.start()
        while not self._stopping.wait(0.1):
            for slot in self._slots:
                try:
                    self._tend(slot)
                except OSError as error:
                    # A full disk, or no memory for a process: the trouble of this one alone.
                    self._say(slot, f"cannot be tended ({error})")

    def stop(self) -> None:
        """In reverse order; each gets its time, and then is killed with all it started."""
        self._stopping.set()
        for slot in reversed(self._slots):
            if slot.child is not None:
                slot.child.stop()
                slot.child = None
                self._log.line(NAME, f"{slot.service.name} is stopped")
        self._slots.clear()

    def _tend(self, slot: Slot) -> None:
        """Never waits: the others are tended meanwhile."""
        now = time.monotonic()
        child = slot.child
        if child is None:
            if now >= slot.restart_at:
                self._restart(slot)
        elif not child.is_alive():
            status = child.bury()
            unwell = slot.stop_by is not None
            reason = f"did not answer for {slot.patience:g} seconds" if unwell else ""
            self._schedule(slot, reason or f"ended with status {status}")
        elif slot.stop_by is not None:
            if now >= slot.stop_by:
                child.send_kill()
        elif slot.is_unwell(now):
            child.send(slot.service.stop_signal)
            slot.stop_by = now + slot.service.stop_within

    def _schedule(self, slot: Slot, reason: str) -> None:
        now = time.monotonic()
        delay = slot.backoff.after_running(now - slot.since)
        slot.child, slot.restart_at, slot.stop_by = None, now + delay, None
        if delay < slot.backoff.maximum:
            slot.trouble = ""
            self._log.line(NAME, f"{slot.service.name} {reason}; restarting in {delay:g} s")
        else:
            self._say(slot, f"{reason}; restarting every {delay:g} s")

    def _say(self, slot: Slot, trouble: str) -> None:
        if slot.trouble != trouble:
            slot.trouble = trouble
            self._log.line(NAME, f"{slot.service.name} {trouble}")

    def _restart(self, slot: Slot) -> None:
        # Not waiting until it is ready: the others are tended meanwhile, and one that never
        # becomes ready runs out of patience.
        slot.since = time.monotonic()
        slot.was_ready, slot.failing_since = False, None
        try:
            slot.child = Child(slot.service, self._log, self._pids)
        except (CannotStart, OSError) as error:
            self._schedule(slot, f"could not be started ({error})")

    def _check_health(self) -> None:
        while not self._stopping.wait(self._check_every):
            for slot in tuple(self._slots):
                if slot.child is not None:
                    self._ask(slot, slot.child)

    def _ask(self, slot: Slot, child: Child) -> None:
        # Counted from the first "no", not from the last "yes": a machine that had no time to ask
        # has not heard a "no".
        try:
            ready = slot.service.ready(child.started_at)
        except OSError as error:
            # Nobody was asked, so that nothing is known: no file or memory for the question.
            self._say(slot, f"could not be asked ({error})")
            return
        if slot.child is not child:
            return
        if ready:
            slot.was_ready, slot.failing_since = True, None
        elif slot.failing_since is None:
            slot.failing_since = time.monotonic()
