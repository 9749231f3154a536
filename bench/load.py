"""A load generator that costs little itself: kept-open sockets, requests made beforehand."""

import resource
import socket
import threading
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Measured:
    """What came of a run: answers by status, seconds for each request, and our own CPU share."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    cpu_share: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.elapsed

    def percentile(self, share: float) -> float:
        """Milliseconds within which ``share`` of the answers came."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Client:
    """One HTTP/1.1 connection, kept open."""

    def __init__(self, url: str, timeout: float | None = None) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def close(self) -> None:
        self._socket.close()

    def call(self, method: str, path: str, headers: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body. ``headers`` are whole lines, each ended by CRLF."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        return self._read()

    def _read(self) -> tuple[int, bytes]:
        answer = self._rest
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._receive()
        head = answer[:end].lower()
        status = int(head[9:12])
        length = 0
        if (at := head.find(b"content-length:")) >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        while len(answer) < end + 4 + length:
            answer += self._receive()
        self._rest = answer[end + 4 + length :]
        return status, answer[end + 4 : end + 4 + length]

    def _receive(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            message = "The server closed the connection."
            raise ConnectionError(message)
        return chunk


def run(clients: int, seconds: float, prepare: Callable[[int], Callable[[], int]]) -> Measured:
    """Let ``clients`` threads call for ``seconds``; ``prepare`` gives each its request.

    A request returns the status it got.
    """
    measured = Measured()
    guard = threading.Lock()
    start = threading.Barrier(clients + 1)
    requests = [prepare(number) for number in range(clients)]
    ends = [0.0]

    def work(request: Callable[[], int]) -> None:
        statuses: Counter[int] = Counter()
        times: list[float] = []
        start.wait()
        while (began := time.perf_counter()) < ends[0]:
            statuses[request()] += 1
            times.append(time.perf_counter() - began)
        with guard:
            measured.statuses.update(statuses)
            measured.seconds.extend(times)

    threads = [threading.Thread(target=work, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    ends[0] = time.perf_counter() + seconds
    cpu = _cpu()
    began = time.perf_counter()
    start.wait()
    for thread in threads:
        thread.join()
    measured.elapsed = time.perf_counter() - began
    measured.cpu_share = (_cpu() - cpu) / measured.elapsed
    return measured


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def sale(url: str, key: str, body: bytes) -> Callable[[int], Callable[[], int]]:
    """Requests that sell, each under an idempotency key of its own."""
    fixed = f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"

    def prepare(_number: int) -> Callable[[], int]:
        client = Client(url)
        return lambda: client.call(
            "POST", "/api/v1/bookings/", f"{fixed}Idempotency-Key: {uuid.uuid4()}\r\n", body
        )[0]

    return prepare


def poll(url: str, key: str, path: str, etag: str) -> Callable[[int], Callable[[], int]]:
    """Requests that ask whether anything has changed."""
    headers = f"Authorization: Bearer {key}\r\nIf-None-Match: {etag}\r\n"

    def prepare(_number: int) -> Callable[[], int]:
        client = Client(url)
        return lambda: client.call("GET", path, headers)[0]

    return prepare


def etag_of(url: str, path: str, headers: str) -> str:
    """The entity tag that a page has now."""
    request = urllib.request.Request(url + path)  # noqa: S310 - our own loopback address
    for line in headers.strip().splitlines():
        name, _, value = line.partition(": ")
        request.add_header(name, value)
    with urllib.request.urlopen(request) as response:  # noqa: S310 - our own loopback address
        return str(response.headers["ETag"])
