"""A whole system of its own to measure: production settings, fsync on, nothing shared."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_system() -> Iterator[str]:
    """Start `manage.py serve` on an empty state directory; yields the web address.

    This process's settings then speak of that system's database.
    """
    with tempfile.TemporaryDirectory(prefix="finlo-bench-") as directory:
        Path(directory).chmod(0o755)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        os.environ.update(
            FINLO_STATE_DIR=directory,
            FINLO_WEB_PORT=str(port),
            FINLO_LIVE_PORT=str(free_port()),
            FINLO_ENV="production",
            FINLO_SECRET_KEY=secrets.token_urlsafe(50),
            FINLO_ALLOWED_HOSTS="127.0.0.1",
            FINLO_SSL_REDIRECT="false",
            FINLO_LOG_LEVEL="WARNING",
            # Nothing here is about being told to slow down.
            FINLO_API_RATE="1000000",
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
