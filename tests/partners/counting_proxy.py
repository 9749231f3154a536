"""A proxy before PostgreSQL that counts round trips, whoever makes them and however.

Each answer of the server ends in ReadyForQuery, so their number is that of the times a client
has waited: for a statement, for BEGIN and COMMIT, for the pool's check of a connection.
"""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

# Requests to encrypt, sent before the start-up message; they are declined here.
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
READY_FOR_QUERY = b"Z"


class CountingProxy:
    """Listens on a port of its own while it is entered."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._guard = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.round_trips = 0
        self.connections = 0

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in (self._listener, *self._sockets):
            with suppress(OSError):  # it had ended already
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets += [client, server]
            self.connections += 1
            self._start(self._forward, client, server)
            self._start(self._answer, server, client)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        """From the client, without its wishes for encryption: the answers must be readable."""
        with suppress(OSError):  # one of the two has hung up
            while True:
                head = receive(client, 8)
                length, code = struct.unpack("!ii", head)
                if code in {SSL_REQUEST, GSS_REQUEST}:
                    client.sendall(b"N")
                    continue
                server.sendall(head + receive(client, length - 8))
                break
            while chunk := client.recv(65536):
                server.sendall(chunk)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        """From the server, message by message: a byte for the type, four for the length."""
        with suppress(OSError):  # one of the two has hung up
            while True:
                head = receive(server, 5)
                kind, length = struct.unpack("!ci", head)
                message = head + receive(server, length - 4)
                if kind == READY_FOR_QUERY:
                    with self._guard:
                        self.round_trips += 1
                client.sendall(message)


def receive(source: socket.socket, size: int) -> bytes:
    """Exactly so many bytes. Raises ``ConnectionError`` when there are no more."""
    found = b""
    while len(found) < size:
        chunk = source.recv(size - len(found))
        if not chunk:
            message = "The connection has ended."
            raise ConnectionError(message)
        found += chunk
    return found
