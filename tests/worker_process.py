"""A real worker with beat along with it, as a process on the test's own database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.live import CHECKOUT

WORKER = """
import sys
import django
django.setup()
exec(sys.argv[2])
from finlo_inventory.celery import app
app.worker_main(["worker", "--queues=sales", "--concurrency=1", "--beat", "--without-gossip",
                 "--without-mingle", f"--schedule={sys.argv[1]}", "--loglevel=warning"])
"""


def database_url() -> str:
    """The test's own database, for another process."""
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"


@contextmanager
def worker(directory: Path, changes: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Runs until the block ends. ``changes``: Python that it runs before it begins to work."""
    with (directory / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(directory / "schedule"), changes],
            cwd=CHECKOUT,
            env={**os.environ, "DATABASE_URL": database_url(), "C_FORCE_ROOT": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """At once, with its children: no chance to finish anything."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)
