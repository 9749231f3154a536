"""`manage.py serve` as a person meets it: real processes, its own servers, no demo data."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from finlo_inventory.processes import procfs
from finlo_inventory.processes.errors import CannotStart
from finlo_inventory.processes.ports import free_port
from finlo_inventory.processes.wellness import postgres_answers
from finlo_inventory.version import VERSION
from tests.live import CHECKOUT, Serve
from tests.servers import new_directory
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
PROCESSES = ["beat", "live", "notifier", "planner", "postgres", "redis", "web-1", "web-2", "worker"]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    found = Serve(new_directory("serve"), {"FINLO_DEMO": "0"})
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(found.directory)


def running(serve: Serve) -> dict[str, int]:
    """The supervised processes by name, as the supervisor has written them down."""
    found = {}
    for path in (serve.directory / "state" / "pids").glob("[a-z]*.json"):
        # One that has just ended takes its file with it.
        with contextlib.suppress(FileNotFoundError):
            found[path.stem] = json.loads(path.read_text())["pid"]
    return found


def addresses(serve: Serve) -> dict[str, str]:
    found: dict[str, str] = json.loads((serve.directory / "state" / "addresses.json").read_text())
    return found


def database_url(serve: Serve) -> str:
    return addresses(serve)["DATABASE_URL"]


def answers(serve: Serve) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", serve.web_port), 2) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 OK" in connection.recv(100)
    except OSError:
        return False


def takes_connections(serve: Serve) -> bool:
    """Whether the database has come back from what an earlier test did to it."""
    try:
        with psycopg.connect(database_url(serve)):
            return True
    except psycopg.OperationalError:
        return False


def refusal(serve: Serve, **environment: str) -> str:
    """What a second `serve` prints before it gives up."""
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "serve"],
        env={**serve.environment, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout
    return done.stdout


def test_everything_runs_and_another_shell_finds_the_database(serve: Serve) -> None:
    until(lambda: sorted(running(serve)) == PROCESSES, "the notifier runs as well", 60)
    assert answers(serve)
    assert f"  Version {VERSION}" in serve.log
    assert f"  Board   {serve.web_url}/board/" in serve.log
    assert "No migrations to apply" in serve.manage("migrate")
    assert addresses(serve)["WEB_URL"] == serve.web_url


def test_a_second_one_in_the_same_directory_is_refused(serve: Serve) -> None:
    assert "already runs here" in refusal(serve)
    assert answers(serve)


def test_a_taken_port_is_refused_before_anything_is_started(serve: Serve) -> None:
    other = new_directory("other")
    said = refusal(serve, FINLO_STATE_DIR=str(other), FINLO_LIVE_PORT=str(free_port()))
    assert f"Port {serve.web_port} is taken by " in said
    assert f"FINLO_WEB_PORT={serve.web_port + 100}" in said
    assert "postgres" not in said
    shutil.rmtree(other)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_comes_back(serve: Serve, name: str) -> None:
    until(lambda: name in running(serve), f"{name} runs", 60)
    killed = running(serve)[name]
    os.kill(killed, signal.SIGKILL)
    until(lambda: running(serve).get(name, killed) != killed, f"{name} runs again", 60)
    until(lambda: answers(serve), "the site answers", 60)


def test_two_quick_kills_of_one_web_process_leave_the_other_alone(serve: Serve) -> None:
    healthy = running(serve)["web-2"]
    for _ in range(2):
        killed = running(serve)["web-1"]
        os.kill(killed, signal.SIGKILL)
        until(lambda: running(serve).get("web-1", killed) != killed, "web-1 is started again", 60)  # noqa: B023
    until(lambda: all(answers(serve) for _ in range(8)), "both answer", 60)
    assert running(serve)["web-2"] == healthy


def test_a_frozen_database_restarts_nothing(serve: Serve) -> None:
    until(lambda: sorted(running(serve)) == PROCESSES, "everything runs", 60)
    before, lines = running(serve), serve.log.count("restarting")
    frozen = procfs.session_members(before["postgres"])
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert not postgres_answers(database_url(serve))
        with contextlib.ExitStack() as asked:
            for _ in range(20):
                connection = socket.create_connection(("127.0.0.1", serve.web_port), 60)
                asked.enter_context(connection)
                connection.sendall(b"GET /admin/login/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            until(lambda: answers(serve), "the process says that it lives")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    until(lambda: postgres_answers(database_url(serve)), "the database answers")
    assert running(serve) == before
    assert serve.log.count("restarting") == lines


def test_after_kill_of_the_supervisor_the_next_start_has_all_the_data(serve: Serve) -> None:
    until(lambda: takes_connections(serve), "the database takes connections", 60)
    until(lambda: sorted(running(serve)) == PROCESSES, "everything runs", 60)
    with psycopg.connect(database_url(serve)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (answer int)")
        connection.execute("INSERT INTO kept VALUES (42)")
    before = running(serve)
    serve.kill()
    serve.start()
    assert set(before.values()).isdisjoint(running(serve).values())
    assert [name for name, pid in before.items() if procfs.session_members(pid)] == []
    assert answers(serve)
    with psycopg.connect(database_url(serve)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
        connection.execute("DROP TABLE kept")


def test_a_clean_stop_leaves_no_process_and_no_address(serve: Serve) -> None:
    before = running(serve)
    status = serve.stop()
    assert status == 0
    assert [name for name, pid in before.items() if procfs.session_members(pid)] == []
    assert running(serve) == {}
    assert not (serve.directory / "state" / "addresses.json").exists()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", serve.web_port))
    serve.start()


def test_a_database_that_cannot_be_reached_is_named() -> None:
    other = Serve(
        new_directory("unreachable"),
        {"FINLO_DEMO": "0", "DATABASE_URL": "postgresql://me@127.0.0.1:1/nowhere"},
    )
    with pytest.raises(CannotStart):
        other.start()
    assert "The database at 127.0.0.1:1 cannot be used (DATABASE_URL)" in other.log
    assert running(other) == {}
    shutil.rmtree(other.directory)


def test_the_state_directory_keeps_its_secrets(serve: Serve) -> None:
    state = serve.directory / "state"
    for path in (state / "addresses.json", state / "embedded" / "postgres-password"):
        assert path.stat().st_mode & 0o777 == 0o600
