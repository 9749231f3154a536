"""The state directory: one system at a time lives in it."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from finlo_inventory.processes.errors import CannotStart
from finlo_inventory.processes.pidfiles import write_atomically

ADDRESSES = "addresses.json"
DEMO_LOGINS = "demo-logins.txt"


@contextlib.contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Hold the directory for this process; the kernel gives it back however we end.

    Raises CannotStart when another system runs in it, or when it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "serve.lock").open("a+")
    except OSError as error:
        raise CannotStart(
            f"Cannot write to the state directory {directory}: {error.strerror}. "
            "Name another one with FINLO_STATE_DIR."
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(
                f"Finlo Inventory already runs here: process {file.read().strip() or 'unknown'} "
                f"holds {directory}. Stop it first, or name another directory with "
                "FINLO_STATE_DIR."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def write_addresses(directory: Path, addresses: Mapping[str, str]) -> None:
    """Where `manage.py` in another shell finds the embedded servers and the web process.

    Read by settings.py and by `simulate`.
    """
    write_atomically(directory / ADDRESSES, json.dumps(addresses))


def forget_addresses(directory: Path) -> None:
    (directory / ADDRESSES).unlink(missing_ok=True)
