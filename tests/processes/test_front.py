"""What stands before Django in a web process: a real one, with a small application behind it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.rest.codes import CODES
from finlo_inventory.front import refusals, status
from finlo_inventory.processes.ports import free_port
from finlo_inventory.processes.wellness import Progress
from tests.live import CHECKOUT
from tests.processes.front_server import LIMITS
from tests.waiting import until

ESTABLISHED = "01"


class Running:
    """One process; `name` is where it tells how it is."""

    def __init__(self) -> None:
        self.port = free_port()
        self.name = f"finlo-test-{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.front_server", str(self.port)],
            cwd=CHECKOUT,
            env={**os.environ, status.VARIABLE: self.name},
        )

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def answers(self) -> bool:
        try:
            return self.ask("/healthz")[0] == 200
        except OSError:
            return False

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body=body or None, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def environ(self, lines: str) -> dict[str, Any]:
        """What the application was told of a GET with these header lines."""
        with self.connect() as connection:
            connection.sendall(f"GET /told HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def begin(self, path: str, length: int, sent: bytes = b"") -> socket.socket:
        """A POST of which only the beginning comes."""
        connection = self.connect()
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode() + sent
        )
        return connection

    def held_bytes(self) -> int:
        found = status.ask(self.name, 2)
        return found["held_bytes"] if found else 0

    def is_held(self) -> bool:
        found = status.ask(self.name, 2)
        return found is not None and found["working"] == found["threads"]


@pytest.fixture(scope="module")
def front() -> Iterator[Running]:
    found = Running()
    try:
        until(found.answers, "the process answers")
        yield found
    finally:
        found.process.kill()
        found.process.wait()


@pytest.fixture
def held(front: Running) -> Iterator[Running]:
    """All of its threads hang until the test is over."""
    hanging = [threading.Thread(target=front.ask, args=("/hang",)) for _ in range(2)]
    for thread in hanging:
        thread.start()
    until(front.is_held, "both threads hang")
    yield front
    os.kill(front.process.pid, signal.SIGUSR1)
    for thread in hanging:
        thread.join()


def first_line(connection: socket.socket) -> str:
    with connection:
        return connection.recv(200).decode().partition("\r\n")[0]


def test_refusals_are_among_the_problems_of_the_api() -> None:
    told = {refusal.code: (refusal.status, refusal.title) for refusal in refusals.ALL}
    assert told == {code: (CODES[code].status, CODES[code].title) for code in told}


def test_slow_bodies_hold_no_thread_and_are_ended(front: Running) -> None:
    slow = [front.begin("/", 100, b"a") for _ in range(40)]
    assert front.ask("/told")[0] == 200
    assert {first_line(one) for one in slow} == {"HTTP/1.1 408 Request Timeout"}


def test_a_large_body_has_longer_while_it_comes(front: Running) -> None:
    connection = front.begin("/upload", 140_000)
    began = time.monotonic()
    for _ in range(14):
        connection.sendall(b"a" * 10_000)
        time.sleep(0.1)  # the pace is what is tested
    assert first_line(connection) == "HTTP/1.1 200 OK"
    assert time.monotonic() - began > LIMITS.body_seconds


def test_a_body_above_its_limit_is_refused_before_it_is_read(front: Running) -> None:
    for path, length in (("/", 100_001), ("/upload", 1_000_001)):
        assert first_line(front.begin(path, length)) == "HTTP/1.1 413 Payload Too Large"
    answer = front.ask("/upload", "POST", b"a" * 140_000)
    assert json.loads(answer[2])["body"] == 140_000


def test_a_body_without_a_length_is_refused(front: Running) -> None:
    with front.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(200).startswith(b"HTTP/1.1 411 ")


def test_large_bodies_share_a_room_and_small_ones_need_none(front: Running) -> None:
    filling = front.begin("/upload", 150_000, b"a" * 149_000)
    until(lambda: front.held_bytes() == 149_000, "the room is nearly full")
    assert front.ask("/upload", "POST", b"a" * 90_000)[0] == 503
    assert front.ask("/", "POST", b"a" * 1_000)[0] == 200
    filling.close()
    until(lambda: front.ask("/upload", "POST", b"a" * 90_000)[0] == 200, "there is room again")


def test_a_silent_connection_is_closed(front: Running) -> None:
    for beginning in (b"", b"GET / HT", b"GET /told HTTP/1.1\r\nHost: x\r\n\r\n"):
        with front.connect() as connection:
            connection.sendall(beginning)
            while connection.recv(4096):
                pass


def test_a_header_with_an_underscore_overrules_none(front: Running) -> None:
    told = front.environ("X-Forwarded-For: 192.0.2.1\r\nX_Forwarded_For: 203.0.113.9\r\n")
    assert told["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"
    told = front.environ(
        "X_Forwarded_Proto: https\r\nContent_Length: 9\r\nRemote_Addr: 203.0.113.9\r\n"
    )
    assert "HTTP_X_FORWARDED_PROTO" not in told
    assert "CONTENT_LENGTH" not in told
    assert told["REMOTE_ADDR"] == "127.0.0.1"


def test_headers_that_come_twice_are_joined(front: Running) -> None:
    told = front.environ(
        "X-Forwarded-For: a\r\nX-Forwarded-For: b\r\nCookie: c=1\r\nCookie: d=2\r\n"
    )
    assert told["HTTP_X_FORWARDED_FOR"] == "a,b"
    assert told["HTTP_COOKIE"] == "c=1; d=2"


def test_an_answer_that_nobody_reads_is_given_up(front: Running) -> None:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # a window that is soon full
    connection.connect(("127.0.0.1", front.port))
    with connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        local = connection.getsockname()[1]
        until(lambda: local not in peers(front.port), "the server has closed it", seconds=60)


def peers(port: int) -> set[int]:
    """The ports of those who are connected to ours, as our end sees it."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        int(row[2].rpartition(":")[2], 16)
        for row in rows
        if int(row[1].rpartition(":")[2], 16) == port and row[3] == ESTABLISHED
    }


def test_a_long_answer_comes_whole(front: Running) -> None:
    assert len(front.ask("/long")[2]) == 12_000_000


def test_who_waits_too_long_is_told_to_come_back(held: Running) -> None:
    began = time.monotonic()
    code, headers, body = held.ask("/api/v1/bookings/", "POST", b"{}")
    assert (code, headers["retry-after"]) == (503, "1")
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["code"] == "BUSY"
    assert time.monotonic() - began >= LIMITS.wait_seconds
    code, headers, body = held.ask("/board/")
    assert (code, headers["retry-after"]) == (503, "1")
    assert b"Too busy at this moment" in body


def test_the_line_has_an_end(held: Running) -> None:
    waiting = [held.connect() for _ in range(60)]
    for connection in waiting:
        connection.sendall(b"GET /told HTTP/1.1\r\nHost: x\r\n\r\n")
    found = status.ask(held.name, 2)
    assert found is not None
    assert found["waiting"] <= LIMITS.waiting
    assert {first_line(one) for one in waiting} == {"HTTP/1.1 503 Service Unavailable"}


def test_a_busy_process_answers_those_who_watch_it(held: Running) -> None:
    assert held.ask("/healthz")[0] == 200
    assert held.ask("/readyz")[0] == 200


def test_a_process_is_judged_by_what_it_gets_done(
    held: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finlo_inventory.processes.wellness.STUCK_SECONDS", 0)
    awake = True
    judge = Progress(held.name, lambda: awake)
    assert judge(0)  # for all we know it has just begun
    assert not judge(0)
    awake = False
    assert judge(0)  # it is the database that keeps it


def test_a_frozen_process_says_nothing(front: Running) -> None:
    judge = Progress(front.name, lambda: True)
    assert judge(0)
    os.kill(front.process.pid, signal.SIGSTOP)
    try:
        assert not judge(0)
    finally:
        os.kill(front.process.pid, signal.SIGCONT)
    until(lambda: judge(0), "it answers again")


def test_two_processes_share_a_port_and_a_stop_ends_what_is_begun(front: Running) -> None:
    other = Running.__new__(Running)
    other.port, other.name = front.port, f"{front.name}-other"
    other.process = subprocess.Popen(
        [sys.executable, "-m", "tests.processes.front_server", str(front.port)],
        cwd=CHECKOUT,
        env={**os.environ, status.VARIABLE: other.name},
    )
    until(lambda: status.ask(other.name, 2) is not None, "the other one runs")
    other.process.send_signal(signal.SIGTERM)
    assert other.process.wait(15) == 0
    assert front.answers()
