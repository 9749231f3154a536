"""The whole system as real processes, for tests that look at it from outside."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import psycopg

from finlo_inventory.processes.child import Child, start_ready
from finlo_inventory.processes.logs import Log
from finlo_inventory.processes.pidfiles import PidFiles
from finlo_inventory.processes.ports import free_port
from finlo_inventory.processes.service import Service
from tests.servers import TestServer, new_directory
from tests.template import TEMPLATE

CHECKOUT = Path(__file__).resolve().parent.parent
UP = "Finlo Inventory is up."


class Serve:
    """One `manage.py serve`, with everything it prints in `log`.

    `environment` is what it adds to ours; the addresses of the test session's own servers are
    left out, so that it starts its own unless told otherwise.
    """

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.web_port, self.live_port = free_port(), free_port()
        self.web_url = f"http://127.0.0.1:{self.web_port}"
        self.live_url = f"ws://127.0.0.1:{self.live_port}"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "FINLO_ENV"}
        }
        self.environment = {
            **inherited,
            "FINLO_STATE_DIR": str(directory / "state"),
            "FINLO_WEB_PORT": str(self.web_port),
            "FINLO_LIVE_PORT": str(self.live_port),
            **environment,
        }
        self._log_path = directory / "serve.txt"
        self._pids = PidFiles(directory / "pids")
        self._child: Child | None = None
        self._file: TextIO | None = None

    @property
    def log(self) -> str:
        return self._log_path.read_text() if self._log_path.exists() else ""

    def start(self) -> None:
        """Returns when everything is up; raises CannotStart, with the log, when it is not."""
        self._log_path.unlink(missing_ok=True)
        self._file = self._log_path.open("a")
        service = Service(
            name="system",
            command=[sys.executable, str(CHECKOUT / "manage.py"), "serve"],
            ready=lambda _started: UP in self.log,
            environment=self.environment,
            start_within=240,
            # The notifier alone may take 45 seconds: what it sends is sent to its end.
            stop_within=120,
        )
        try:
            [self._child] = start_ready([service], Log(self._file, color=False), self._pids)
        except Exception as error:
            error.add_note(self.log)
            self._file.close()
            raise

    def stop(self) -> int | None:
        """A clean stop, as by Ctrl-C. Returns the exit status; None when it was not running."""
        return self._end(self._child.stop) if self._child else None

    def kill(self) -> None:
        """Kill -9 of the supervisor alone; its processes are left to themselves."""
        if self._child is not None:
            os.kill(self._child.pid, signal.SIGKILL)
            self._child.wait(10)
            self._end(self._child.bury)

    def _end(self, end: Callable[[], int]) -> int:
        status = end()
        self._child = None
        if self._file is not None:
            self._file.close()
        return status

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints, run beside the system and against its database."""
        done = subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


class LiveSystem(Serve):
    """Web, live, worker and beat against a database and a Redis of their own, with demo data."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._database = f"live_{secrets.token_hex(4)}"
        self.database_url = f"{server_url.rpartition('/')[0]}/{self._database}"
        self.redis = TestServer("redis")
        super().__init__(
            new_directory("live"),
            {
                "DATABASE_URL": self.database_url,
                "REDIS_URL": self.redis.url,
                "FINLO_DEMO_SIZE": "small",
            },
        )

    def start(self) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            template = os.environ.get(TEMPLATE, "template1")
            connection.execute(f"CREATE DATABASE {self._database} TEMPLATE {template}".encode())
        self.redis.start()
        super().start()

    def stop_redis(self) -> None:
        self.redis.stop()

    def start_redis(self) -> None:
        self.redis.start()

    def query(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """Rows from the system's database."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def remove(self) -> None:
        self.stop()
        self.redis.remove()
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self._database} WITH (FORCE)".encode())
