"""Whether a process of ours is well. Each question is answered within a few seconds."""

import http.client
import socket
import struct
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from finlo_inventory import heartbeats
from finlo_inventory.front import status

TIMEOUT = 2
# Beat leaves a sign each second, the workers every five.
FRESH_SECONDS = 30
# So long a worker may take to be up before it is asked what keeps it.
YOUNG_SECONDS = 15
# No lawful request takes so long, and here all threads of a process take it at once.
STUCK_SECONDS = 30
SERVER_ERROR = 500
DISCOVERABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask, not to listen
# "Would you speak TLS?": PostgreSQL and poolers answer it with one letter, before any password.
TLS_QUESTION = struct.pack("!ii", 8, 80_877_103)

Database = Callable[[], bool]


def http_answers(host: str, port: int) -> bool:
    """Whether an HTTP server answers there, whatever it thinks of our Host header."""
    connection = http.client.HTTPConnection(DISCOVERABLE.get(host, host), port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def postgres_answers(url: str) -> bool:
    """Whether somebody who speaks PostgreSQL's protocol is awake there."""
    parts = urlsplit(url)
    where = parse_qs(parts.query).get("host", [parts.hostname or "localhost"])[0]
    port = parts.port or 5432
    try:
        if where.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(TIMEOUT)
            connection.connect(f"{where}/.s.PGSQL.{port}")
        else:
            connection = socket.create_connection((where, port), TIMEOUT)
        with connection:
            connection.sendall(TLS_QUESTION)
            return connection.recv(1) in {b"S", b"N"}
    except OSError:
        return False


class Progress:
    """Judges a web process by what it gets done, and not by how long an answer takes.

    A process whose threads are all at work is busy, and restarting it would lose that work. It is
    stuck when they finish nothing for half a minute, unless it is the database that keeps them.
    """

    def __init__(self, name: str, database: Database) -> None:
        self._name = name
        self._database = database
        self._finished = -1
        self._stuck_since: float | None = None

    def __call__(self, _started: float) -> bool:
        answer = status.ask(self._name, TIMEOUT)
        if answer is None:
            return False
        moves = answer["working"] < answer["threads"] or answer["finished"] != self._finished
        self._finished = answer["finished"]
        if moves or not self._database():
            self._stuck_since = None
            return True
        now = time.monotonic()
        if self._stuck_since is None:
            self._stuck_since = now
        return now - self._stuck_since < STUCK_SECONDS


class Seen:
    """Judges a worker or beat by the signs of life that it leaves in Redis."""

    def __init__(self, name: str, redis_url: str, database: Database) -> None:
        self._name = name
        self._redis_url = redis_url
        self._database = database

    def __call__(self, started: float) -> bool:
        beats = heartbeats.read(self._redis_url)
        if beats is None:
            # Redis is down: nothing is known, and a restart would not help.
            return True
        seen = beats[self._name]
        if seen is not None and seen >= max(started, time.time() - FRESH_SECONDS):
            return True
        if time.time() - started < YOUNG_SECONDS:
            return False
        # A Redis that takes no writes, on a full disk, takes no signs either; and tasks that wait for
        # the database leave none. Neither would be another after a restart.
        return not heartbeats.can_be_left(self._redis_url) or not self._database()
