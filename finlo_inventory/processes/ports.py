"""Ports: finding a free one, and saying who holds a taken one."""

import contextlib
import errno
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from finlo_inventory.processes.errors import CannotStart

# Below the range from which the kernel draws the local ends of outgoing connections: a server
# that is restarted finds its port still free.
LOWEST, HIGHEST = 20_000, 31_999
LISTENING = "0A"


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise CannotStart(
                f"Cannot listen on {host}:{port}: {error.strerror}. Set another FINLO_WEB_HOST."
            ) from None
    return True


def free_port() -> int:
    for _ in range(200):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - not a secret
        if is_free("127.0.0.1", port):
            return port
    raise CannotStart(f"Found no free port between {LOWEST} and {HIGHEST}.")


def require_free(host: str, port: int, variable: str) -> None:
    """Raises CannotStart that names the port, its holder if known, and the variable to set."""
    if is_free(host, port):
        return
    process = holder(port)
    by = f" by {process}" if process else ""
    raise CannotStart(
        f"Port {port} is taken{by}. Stop that process, or choose another port: "
        f"{variable}={port + 100} bin/run"
    )


def holder(port: int) -> str | None:
    """`name (process id)` of the process listening on `port`, where we may see it."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return None
    for directory in Path("/proc").glob("[0-9]*"):
        if sockets & set(_open_files(directory)):
            with contextlib.suppress(OSError):
                return f"{(directory / 'comm').read_text().strip()} (process {directory.name})"
    return None


def _open_files(process: Path) -> Iterator[str]:
    # Another person's process, or one that has ended or closed a file meanwhile: skipped.
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(link.readlink())


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        try:
            rows = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes
