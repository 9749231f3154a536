"""Real workers and beat, as processes on the test's own database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import connection

from tests.live import CHECKOUT

WORKER = """
import sys
import django
django.setup()
exec(sys.argv[1])
from finlo_inventory.celery import app
app.worker_main(["worker", *sys.argv[2:], "--without-gossip", "--without-mingle",
                 "--loglevel=warning"])
"""
SALES = ("--queues=sales", "--concurrency=1")
# As `manage.py serve` starts it.
NOTIFIER = ("--queues=deliveries", "--pool=threads", "--concurrency=4")
BEAT = """
import sys
from finlo_inventory.celery import app
app.start(["beat", f"--schedule={sys.argv[1]}", "--pidfile=", "--loglevel=warning"])
"""


def database_url() -> str:
    """The test's own database, for another process."""
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"


@contextmanager
def worker(directory: Path, changes: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Worker of sales and beat, a process each, until the block ends; what it yields is the worker.

    ``changes``: Python that the worker runs before it begins to work.
    """
    with beat(directory), one_worker(directory, changes=changes) as process:
        yield process


@contextmanager
def beat(directory: Path) -> Iterator[None]:
    with _process(directory, BEAT, str(directory / "schedule"), environment={}):
        yield


@contextmanager
def one_worker(
    directory: Path,
    options: tuple[str, ...] = SALES,
    *,
    environment: Mapping[str, str] | None = None,
    changes: str = "",
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with settings of its own, without beat."""
    with _process(directory, WORKER, changes, *options, environment=environment or {}) as process:
        yield process


@contextmanager
def _process(
    directory: Path, program: str, *arguments: str, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (directory / "worker.log").open("ab") as log:
        process = _start(log, program, *arguments, environment=environment)
        try:
            yield process
        finally:
            kill(process)


def _start(
    log: IO[bytes], program: str, *arguments: str, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "C_FORCE_ROOT": "1",
            **environment,
        },
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """At once, with its children: no chance to finish anything."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)
