"""A few threads that work, and a short line before them."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

from finlo_inventory.front.limits import Limits

SWEEP_SECONDS = 0.05


class Job:
    """Something to be done once: by a thread, or given up by the event loop. Never both."""

    __slots__ = ("_chance", "done", "expires", "work")

    def __init__(
        self, work: Callable[[], None], done: "asyncio.Future[bool]", expires: float
    ) -> None:
        self.work: Callable[[], None] | None = work
        self.done = done
        self.expires = expires
        # Taking the last element of a list is one step for all threads.
        self._chance = [True]

    def claim(self) -> bool:
        try:
            return self._chance.pop()
        except IndexError:
            return False

    @property
    def is_claimed(self) -> bool:
        return not self._chance

    def end(self, worked: bool) -> None:
        if not self.done.done():
            self.done.set_result(worked)


class Worker(threading.Thread):
    """Written by its own thread, read by others."""

    def __init__(
        self, name: str, jobs: "SimpleQueue[Job]", loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.finished = 0
        self.busy_since: float | None = None
        self._jobs = jobs
        self._loop = loop

    def run(self) -> None:
        while True:
            job = self._jobs.get()
            work = job.work
            if work is None or not job.claim():
                continue
            self.busy_since = time.monotonic()
            try:
                work()
            finally:
                # What was worked on is not to be kept until the next one comes.
                job.work = work = None
                self.finished += 1
                self.busy_since = None
                self._loop.call_soon_threadsafe(job.end, True)


class Desk:
    """All but ``run`` of the threads is called by the event loop."""

    def __init__(
        self, name: str, threads: int, limits: Limits, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._limits = limits
        self._loop = loop
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._line: deque[Job] = deque()
        self._sweeping = False
        self.workers = [Worker(f"{name}-{number}", self._jobs, loop) for number in range(threads)]
        for worker in self.workers:
            worker.start()

    async def do(self, work: Callable[[], None]) -> bool:
        """Whether it was done. If not, nothing of it was: the line was too long."""
        if len(self._line) >= self._limits.waiting:
            return False
        job = Job(work, self._loop.create_future(), self._loop.time() + self._limits.wait_seconds)
        self._line.append(job)
        self._jobs.put(job)
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(SWEEP_SECONDS, self._sweep)
        return await job.done

    @property
    def waiting(self) -> int:
        return sum(not job.is_claimed for job in self._line)

    def _sweep(self) -> None:
        now = self._loop.time()
        line = self._line
        while line and (line[0].is_claimed or line[0].expires <= now):
            job = line.popleft()
            if job.claim():
                job.work = None
                job.end(False)
        self._sweeping = bool(line)
        if line:
            self._loop.call_later(SWEEP_SECONDS, self._sweep)
