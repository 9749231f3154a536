"""Three hundred screens of one event while it sells a hundred tickets a second, with a slow and a dead client beside them."""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.load import Client
from bench.running import CHECKOUT
from bench.stage import Stage
from finlo_inventory.processes.procfs import PROC, has_variable

SCREENS = 300
SALES_A_SECOND = 100
SELLERS = 10
WARM_SECONDS = 5.0
# How long the last messages may be on their way.
REST_SECONDS = 3.0
KILOBYTE = 1024
SLOW_SECONDS = 0.5  # the slow client reads a little so often; the dead one never


@dataclass(frozen=True, slots=True)
class Screens:
    """What came of a run: milliseconds from commit to message, over all sales and screens."""

    seconds: float
    rate: float
    p50: float
    p99: float
    worst: float
    from_request_p99: float
    cpu_share: float
    megabytes_before: float
    megabytes_after: float


@dataclass(slots=True)
class Sales:
    """When each sale was asked for, and when its answer came: its commit lies in between."""

    asked: list[float]
    answered: list[float]


def measure(url: str, stage: Stage, seconds: float) -> Screens:
    """Raises ``RuntimeError`` where a sale is refused or a screen is let go."""
    port = os.environ["FINLO_LIVE_PORT"]
    live = live_process(port)
    address = f"ws://{urlsplit(url).hostname}:{port}/ws/events/{stage.event}/"
    with tempfile.TemporaryDirectory(prefix="finlo-") as directory:
        target = Path(directory) / "heard.json"
        with (
            client_that(address, stage.key, reads=0),
            client_that(address, stage.key, reads=256),
            watchers(address, stage, target),
        ):
            sell(url, stage, WARM_SECONDS)
            time.sleep(REST_SECONDS)
            memory, cpu, began = megabytes(live), cpu_seconds(live), time.monotonic()
            sales = sell(url, stage, seconds)
            elapsed = time.monotonic() - began
            cpu_share = (cpu_seconds(live) - cpu) / elapsed
            after = megabytes(live)
            time.sleep(REST_SECONDS)
        heard = [json.loads(line) for line in target.read_text().splitlines()]
    from_commit, from_request = delays(heard, sales, began)
    return Screens(
        seconds=elapsed,
        rate=len(sales.answered) / elapsed,
        p50=percentile(from_commit, 0.5),
        p99=percentile(from_commit, 0.99),
        worst=1000 * max(from_commit),
        from_request_p99=percentile(from_request, 0.99),
        cpu_share=cpu_share,
        megabytes_before=memory,
        megabytes_after=after,
    )


def delays(
    heard: list[list[tuple[float, int]]], sales: Sales, began: float
) -> tuple[list[float], list[float]]:
    """Seconds from each commit to each screen, and from each request.

    Sales of one row are committed one after another. When n answers have come, at least n sales are committed: so
    the n-th commit is no later than the n-th answer, and no earlier than the n-th request.
    """
    asked, answered = sorted(sales.asked), sorted(sales.answered)
    from_commit: list[float] = []
    from_request: list[float] = []
    for messages in heard:
        moments = [moment for moment, _sold in messages]
        start = bisect_left(moments, began)
        known = first = messages[max(start - 1, 0)][1]
        for moment, sold in messages[start:]:
            for number in range(known - first, sold - first):
                from_commit.append(max(moment - answered[number], 0.0))
                from_request.append(moment - asked[number])
            known = sold
        if known - first != len(answered):
            message = f"A screen heard of {known - first} of {len(answered)} sales."
            raise RuntimeError(message)
    return from_commit, from_request


def percentile(delays: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(delays)
    return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def sell(url: str, stage: Stage, seconds: float) -> Sales:
    """So many a second, by several clients in step: a slow answer delays no other client's sale."""
    number = int(seconds * SALES_A_SECOND)
    body = json.dumps(
        {"event": stage.event, "confirm": True, "lines": [{"item": stage.item, "quantity": 1}]}
    ).encode()
    fixed = f"Authorization: Bearer {stage.key}\r\nContent-Type: application/json\r\n"
    sales, refused, guard = Sales([], []), [], threading.Lock()
    began = time.monotonic()

    def work(first: int) -> None:
        client = Client(url)
        for turn in range(first, number, SELLERS):
            time.sleep(max(began + turn / SALES_A_SECOND - time.monotonic(), 0))
            asked = time.monotonic()
            headers = f"{fixed}Idempotency-Key: {uuid.uuid4()}\r\n"
            status, answer = client.call("POST", "/api/v1/bookings/", headers, body)
            with guard:
                sales.asked.append(asked)
                sales.answered.append(time.monotonic())
                if status != 201:  # noqa: PLR2004 - Created
                    refused.append(answer)
        client.close()

    threads = [threading.Thread(target=work, args=(first,)) for first in range(SELLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        message = f"{len(refused)} sales were refused: {refused[0][:300]!r}"
        raise RuntimeError(message)
    return sales


@contextmanager
def watchers(address: str, stage: Stage, target: Path) -> Iterator[None]:
    """The screens, in a process of their own; at the end ``target`` has what they heard."""
    command = [address, stage.key, str(stage.stock), str(SCREENS), str(target)]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "bench.watchers", *command],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            message = "The screens could not be opened."
            raise RuntimeError(message)
        yield
        process.communicate()
        if process.returncode:
            message = "A screen was let go."
            raise RuntimeError(message)
    finally:
        process.kill()
        process.wait()


@contextmanager
def client_that(address: str, key: str, *, reads: int) -> Iterator[None]:
    """A client that reads so many bytes now and then, or none: what it is told stays with the server."""
    parts = urlsplit(address)
    stop = threading.Event()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KILOBYTE)
        connection.connect((parts.hostname or "", parts.port or 80))
        connection.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {key}\r\n"
            f"Sec-WebSocket-Key: {b64encode(secrets.token_bytes(16)).decode()}\r\n\r\n".encode()
        )

        def read() -> None:
            while not stop.wait(SLOW_SECONDS) and connection.recv(reads):
                pass

        reader = threading.Thread(target=read, daemon=True)
        if reads:
            reader.start()
        try:
            yield
        finally:
            stop.set()
            if reads:
                reader.join(2 * SLOW_SECONDS)


def live_process(port: str) -> int:
    """The process of WebSockets that was started for this port."""
    for directory in PROC.glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        pid = int(directory.name)
        if b"finlo_inventory.live" in command and has_variable(pid, "FINLO_LIVE_PORT", port):
            return pid
    message = f"No process of WebSockets has port {port}."
    raise RuntimeError(message)


def cpu_seconds(pid: int) -> float:
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    """What the process holds in memory."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / KILOBYTE / KILOBYTE
