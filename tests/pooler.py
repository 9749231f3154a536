"""A pooler in transaction mode before PostgreSQL, as PgBouncer is one, and stricter.

Each transaction of a client gets the session of the server that has rested longest, and whatever the
session has kept is thrown away afterwards. Options in a client's start-up message are dropped.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Queue
from types import TracebackType
from typing import Self

from psycopg import pq

from tests.partners.counting_proxy import GSS_REQUEST, SSL_REQUEST, receive

SESSIONS = 6
STATUSES: tuple[bytes, ...] = (
    b"server_version",
    b"server_encoding",
    b"client_encoding",
    b"DateStyle",
    b"TimeZone",
)
STATUSES += (b"integer_datetimes", b"standard_conforming_strings")
END_OF_ANSWERS, QUERY, SYNC, GOODBYE = b"Z", b"Q", b"S", b"X"
IDLE = b"I"


class TransactionPooler:
    """Listens on a port of its own while it is entered."""

    def __init__(self, address: str) -> None:
        self._sessions = [pq.PGconn.connect(address.encode()) for _ in range(SESSIONS)]
        assert all(session.status == pq.ConnStatus.OK for session in self._sessions)
        self._servers: list[socket.socket] = []
        self._resting: Queue[socket.socket] = Queue()
        for session in self._sessions:
            server = socket.socket(fileno=os.dup(session.socket))
            server.setblocking(True)
            self._servers.append(server)
            self._resting.put(server)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for end in (self._listener, *self._clients, *self._servers):
            with suppress(OSError):  # it had ended already
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for end in (self._listener, *self._clients, *self._servers):
            end.close()
        for session in self._sessions:
            session.finish()

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _address = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._clients.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        server: socket.socket | None = None
        with suppress(OSError):  # the client has hung up
            self._greet(client)
            while (message := _message(client))[:1] != GOODBYE:
                server = server or self._resting.get()
                server.sendall(message)
                if message[:1] in {QUERY, SYNC} and _answer(server, client.sendall) == IDLE:
                    self._rest(server)
                    server = None
        if server is not None:  # in the middle of a transaction: it is undone
            with suppress(OSError):  # the test is over
                server.sendall(_query(b"ROLLBACK"))
                _answer(server)
                self._rest(server)

    def _greet(self, client: socket.socket) -> None:
        """The start of a session, whose options and parameters are not passed on."""
        length, code = struct.unpack("!ii", receive(client, 8))
        while code in {SSL_REQUEST, GSS_REQUEST}:
            client.sendall(b"N")
            length, code = struct.unpack("!ii", receive(client, 8))
        receive(client, length - 8)
        answers = [(b"R", struct.pack("!i", 0))]
        for name in STATUSES:
            value = self._sessions[0].parameter_status(name) or b""
            answers.append((b"S", name + b"\0" + value + b"\0"))
        answers += [(b"K", struct.pack("!ii", 0, 0)), (END_OF_ANSWERS, IDLE)]
        client.sendall(b"".join(_framed(kind, content) for kind, content in answers))

    def _rest(self, server: socket.socket) -> None:
        for command in (b"DISCARD ALL", b"SET client_encoding = 'UTF8'"):
            server.sendall(_query(command))
            _answer(server)
        self._resting.put(server)


def _answer(server: socket.socket, tell: Callable[[bytes], object] = len) -> bytes:
    """Pass the server's messages on until it has answered; the state of its transaction."""
    while True:
        message = _message(server)
        tell(message)
        if message[:1] == END_OF_ANSWERS:
            return message[5:6]


def _message(source: socket.socket) -> bytes:
    head = receive(source, 5)
    (length,) = struct.unpack("!i", head[1:])
    return head + receive(source, length - 4)


def _framed(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


def _query(command: bytes) -> bytes:
    return _framed(QUERY, command + b"\0")
