"""The server of WebSockets lets go of clients that have vanished: a real one, and bare sockets."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from finlo_inventory import live
from finlo_inventory.processes.ports import free_port
from finlo_inventory.processes.wellness import http_answers
from tests.live import CHECKOUT
from tests.waiting import until

UPGRADE = (
    b"GET /ws/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    found = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.processes.live_server", str(found)],
        cwd=CHECKOUT,
        env=dict(os.environ),
    )
    try:
        until(lambda: http_answers("127.0.0.1", found), "the server answers")
        yield found
    finally:
        process.kill()
        process.wait()


def open_sockets(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        return int(answer.read())


@pytest.mark.parametrize(
    "beginning", [b"", b"GET /ws/ HTT", UPGRADE[:-2], b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"]
)
def test_a_handshake_that_stops_is_closed(port: int, beginning: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(beginning)
        try:
            while connection.recv(1000):
                pass
        except ConnectionResetError:
            pass  # closed as well, and at once


def test_a_client_that_reads_no_longer_is_let_go(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(UPGRADE)
        assert connection.recv(12) == b"HTTP/1.1 101"
        until(lambda: open_sockets(port) == 1, "the socket is open")
        # Its window is full by now, so that nothing can be told it any more.
        until(lambda: open_sockets(port) == 0, "the socket is closed")


def test_the_kernel_asks_connections_that_are_silent() -> None:
    with live.listen(live.config("127.0.0.1", free_port())) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            for option, value in live.KEEPALIVE.items():
                assert accepted.getsockopt(socket.IPPROTO_TCP, option) == value
