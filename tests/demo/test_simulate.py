"""`manage.py simulate` beside a running system, and beside none."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from finlo_inventory.processes.ports import free_port
from tests.live import CHECKOUT, LiveSystem

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

KEYS = "SELECT count(*) FROM partners_apikey WHERE name = 'simulate' AND revoked_at IS {}"
BOOKED = "SELECT count(*) FROM sales_booking WHERE status = 'CONFIRMED'"


def simulate(system: LiveSystem, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run for three seconds, in a shell that knows no more of the system than its state."""
    return subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), "simulate", "--seconds=3", *arguments],
        env={
            name: value
            for name, value in system.environment.items()
            if name not in {"FINLO_WEB_HOST", "FINLO_WEB_PORT", "FINLO_LIVE_PORT"}
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def keys(system: LiveSystem, revoked: bool) -> object:
    return system.query(KEYS.format("NOT NULL" if revoked else "NULL"))[0][0]


@contextmanager
def answering_once(status: int) -> Iterator[str]:
    """A server that answers its first request with `status`, and hangs up on all others."""
    answered: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not answered:
                answered.append(self.path)
                self.send_response(status)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_sells_where_the_system_is_and_revokes_its_keys(live_system: LiveSystem) -> None:
    revoked = keys(live_system, revoked=True)
    before = live_system.query(BOOKED)[0][0]
    done = simulate(live_system, "--rate=10")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tickets sold" in done.stdout
    assert " × sold" in done.stdout
    assert "Nothing oversold: stock, movements and bookings agree." in done.stdout
    assert live_system.query(BOOKED)[0][0] > before  # type: ignore[operator]
    assert keys(live_system, revoked=True) > revoked  # type: ignore[operator]
    assert keys(live_system, revoked=False) == 0


def test_it_fails_where_nothing_answers(live_system: LiveSystem) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = simulate(live_system, f"--url={url}")
    assert done.returncode == 1
    assert f"No answer from {url}: " in done.stderr
    assert "Nothing oversold" not in done.stdout
    assert keys(live_system, revoked=False) == 0


def test_it_fails_where_something_else_answers(live_system: LiveSystem) -> None:
    with answering_once(404) as url:
        done = simulate(live_system, f"--url={url}")
    assert done.returncode == 1
    assert f"{url} answers 404: " in done.stderr
    assert "Nothing oversold" not in done.stdout
    assert keys(live_system, revoked=False) == 0


def test_it_fails_when_the_system_is_gone_before_the_first_sale(live_system: LiveSystem) -> None:
    with answering_once(200) as url:
        done = simulate(live_system, f"--url={url}")
    assert done.returncode == 1
    assert " × no answer: " in done.stdout
    assert "No request was answered" in done.stderr
    assert "Nothing oversold" not in done.stdout
    assert keys(live_system, revoked=False) == 0
