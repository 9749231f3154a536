"""Real servers for tests: one pair for the whole session, and more for those that break them."""

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path

from finlo_inventory.processes.account import Account, choose_account
from finlo_inventory.processes.child import Child, start_ready
from finlo_inventory.processes.logs import Log
from finlo_inventory.processes.pidfiles import PidFiles
from finlo_inventory.processes.postgres import DATABASE, ROLE, EmbeddedPostgres
from finlo_inventory.processes.valkey import EmbeddedValkey

# Nothing in a test outlives the machine's power, so nothing has to reach the disk.
NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    # A test that computes inside its transaction may take longer on a busy machine. One that hangs is ended by pytest.
    "idle_in_transaction_session_timeout": "10min",
}


def new_directory(name: str) -> Path:
    """A fresh directory that the servers' account can enter."""
    directory = Path(tempfile.mkdtemp(prefix=f"finlo-{name}-"))
    directory.chmod(0o755)
    return directory


@functools.cache
def programs() -> Path:
    """Where all test servers share the copies that root needs of a closed checkout's programs."""
    directory = new_directory("programs")
    atexit.register(shutil.rmtree, directory)
    return directory


class TestServer:
    """One embedded server with its own directory; the caller stops and starts it at will.

    Its address is the same after each start. Its log is in `directory/log.txt`. With `saved`, a
    PostgreSQL begins with what another one had when it was saved there.
    """

    __test__ = False

    def __init__(self, kind: str, *, durable: bool = True, saved: Path | None = None) -> None:
        self.directory = new_directory(kind)
        (self.directory / "programs").symlink_to(programs())
        account = choose_account()
        if saved is not None:
            _copy(saved, self.directory, account)
        self._server: EmbeddedPostgres | EmbeddedValkey
        if kind == "postgres":
            settings = {} if durable else NOT_DURABLE
            self._server = EmbeddedPostgres(self.directory, account, settings)
        else:
            self._server = EmbeddedValkey(self.directory, account)
        self._server.prepare()
        self._file = (self.directory / "log.txt").open("a")
        self._log = Log(self._file, color=False)
        self._pids = PidFiles(self.directory / "pids")
        self._child: Child | None = None
        self.url = self._server.url
        self.port = self._server.port

    def url_of(self, database: str) -> str:
        """The address of another database on the same PostgreSQL."""
        return f"{self.url.rpartition('/')[0]}/{database}"

    def start(self) -> None:
        if self._child is None:
            [self._child] = start_ready([self._server.service()], self._log, self._pids)

    def stop(self) -> None:
        """A clean stop."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def kill(self) -> None:
        """Kill -9 of the server and all its processes."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def allow_tests(self) -> None:
        """A stopped PostgreSQL lets the role of the application pass triggers by, as tests/emptying.py does."""
        assert isinstance(self._server, EmbeddedPostgres)
        self._server._run(
            *("postgres", "--single", "-D", str(self._server._data), DATABASE),
            statements=f"GRANT SET ON PARAMETER session_replication_role TO {ROLE};\n",
        )

    def save(self, directory: Path) -> None:
        """What a stopped PostgreSQL has on disk, for others to begin with."""
        _copy(self.directory, directory, Account())

    def remove(self) -> None:
        self.kill()
        self._file.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def _copy(source: Path, target: Path, account: Account) -> None:
    """The cluster and its password, of which the account becomes the owner."""
    shutil.copytree(source / "postgres", target / "postgres")
    for path in (target / "postgres", *(target / "postgres").rglob("*")):
        if account.uid is not None and account.gid is not None:
            os.chown(path, account.uid, account.gid)
    shutil.copy2(source / "postgres-password", target)
