"""A web process with a small application: `python -m tests.processes.front_server PORT`.

It has two threads and short limits, so that tests of them are quick.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from finlo_inventory.front.limits import Limits
from finlo_inventory.front.server import serve

LIMITS = Limits(
    body=100_000,
    bodies={"/upload": 1_000_000},
    all_large_bodies=150_000,
    body_seconds=1,
    slowest=10_000,
    silent_seconds=1,
    unread_seconds=1,
    wait_seconds=0.3,
    waiting=20,
)
released = threading.Event()


def release(*_: object) -> None:
    """Let go of all who hang; who comes later hangs again."""
    global released  # noqa: PLW0603 - each round has an event of its own
    released.set()
    released = threading.Event()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    path = environ["PATH_INFO"]
    if path == "/hang":
        released.wait()
    body = environ["wsgi.input"].read()
    told = {
        name: value
        for name, value in environ.items()
        if isinstance(value, str) and name.isupper() and name not in os.environ
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    if path == "/long":
        return (b"x" * 1_000_000 for _ in range(12))
    return iter([json.dumps({**told, "body": len(body)}).encode()])


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, release)
    asyncio.run(
        serve(application, host="127.0.0.1", port=int(sys.argv[1]), threads=2, limits=LIMITS)
    )
    os._exit(0)
