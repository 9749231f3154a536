"""One web process on the test's own database."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from finlo_inventory.processes.ports import free_port
from tests.live import CHECKOUT
from tests.waiting import until
from tests.worker_process import database_url, kill

# As `python -m finlo_inventory.front`, after a change to it.
WEB = """
import sys, runpy
import django
django.setup()
exec(sys.argv.pop())
runpy.run_module("finlo_inventory.front", run_name="__main__", alter_sys=True)
"""


class Web:
    """One web process on the test's own database."""

    def __init__(self, changes: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-c", WEB, changes],
            cwd=CHECKOUT,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "FINLO_WEB_PORT": str(self.port),
            },
            start_new_session=True,
        )

    def is_up(self) -> bool:
        try:
            return self.ask("GET", "/healthz", b"", {})[0] == 200
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, str | None]:
        """Status, body, and whether it is the answer of an earlier request."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as found:
            found.request(method, path, body=body or None, headers=headers)
            answer = found.getresponse()
            return answer.status, answer.read(), answer.getheader("Idempotency-Replayed")


@contextmanager
def web(changes: str = "") -> Iterator[Web]:
    started = Web(changes)
    try:
        until(started.is_up, "the web process answers", 60)
        yield started
    finally:
        kill(started.process)
