"""A whole system of its own, on an empty state directory and free ports; nothing is shared."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_system(environment: Mapping[str, str]) -> Iterator[str]:
    """Start `manage.py serve` with ``environment`` beside ours; yields the web address.

    This process's settings then speak of that system's database.
    """
    with tempfile.TemporaryDirectory(prefix="finlo-") as directory:
        Path(directory).chmod(0o755)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        os.environ.update(
            # Of its own: not the database or the mail server of who measures.
            FINLO_ENV_FILE=os.devnull,
            FINLO_STATE_DIR=directory,
            FINLO_WEB_PORT=str(port),
            FINLO_LIVE_PORT=str(free_port()),
            **environment,
        )
        log = Path(directory) / "serve.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                _wait(url, process, log)
                yield url
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(60)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 - our own address
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    sys.exit(f"The system did not start:\n{log.read_text()}")
