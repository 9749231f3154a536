"""The state directory: one system at a time lives in it."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from finlo_inventory.processes.errors import CannotStart
from finlo_inventory.processes.pidfiles import write_atomically

ADDRESSES = "addresses.json"
MEMORY = Path("/dev/shm")  # noqa: S108 - our directory there is checked to be ours
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


def metrics_directory(state: Path, memory: Path = MEMORY) -> Path:
    """An empty directory for the counters of the web processes.

    In memory where we can have it: they count in mapped files, and a process that writes into a
    mapped file on a full disk is ended by the kernel.
    """
    directory = memory / f"finlo-{hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.lstat().st_uid != os.geteuid() or directory.is_symlink():
            raise PermissionError(f"{directory} is somebody else's.")
    except OSError:
        directory = state / "metrics"
        directory.mkdir(exist_ok=True)
    for old in directory.glob("*.db"):
        old.unlink()
    return directory


def forget_metrics(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def write_addresses(directory: Path, addresses: Mapping[str, str]) -> None:
    """Where `manage.py` in another shell finds the embedded servers and the web process.

    Read by settings.py and by `simulate`.
    """
    write_atomically(directory / ADDRESSES, json.dumps(addresses))


def forget_addresses(directory: Path) -> None:
    (directory / ADDRESSES).unlink(missing_ok=True)
