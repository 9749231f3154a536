"""Sales beyond capacity: `python -m bench.overload` prints what it measured.

First as many buyers as the bench of a hot row has, then many more, each of whom gives up when an
answer takes longer than three seconds and comes back at once.
"""

import json
import os
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable

from bench.running import running_system

FEW, MANY = 32, 200
SECONDS = 15
PATIENCE_SECONDS = 3
GAVE_UP = 0
CREATED, UNAVAILABLE = 201, 503


def buyer(url: str, key: str, body: bytes, waits: list[float]) -> Callable[[], int]:
    """Buys once, on a new connection after each that was given up; 0 is giving up.

    How long a refusal took is added to ``waits``.
    """
    from bench.load import Client

    headers = f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    kept: list[Client] = []

    def buy() -> int:
        began = time.perf_counter()
        try:
            if not kept:
                kept.append(Client(url, PATIENCE_SECONDS))
            own = f"{headers}Idempotency-Key: {uuid.uuid4()}\r\n"
            status, _ = kept[0].call("POST", "/api/v1/bookings/", own, body)
        except OSError:
            for client in kept:
                client.close()
            kept.clear()
            return GAVE_UP
        if status == UNAVAILABLE:
            waits.append(time.perf_counter() - began)
        return status

    return buy


def measure(url: str) -> None:
    # Django reads its settings at import: only now do they name the system to measure.
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    django.setup()
    from bench import load, stage
    from sales.reconcile import reconcile

    scene = stage.build(capacity=10_000_000)
    body = json.dumps(
        {"event": scene.event, "confirm": True, "lines": [{"item": scene.item, "quantity": 1}]}
    ).encode()
    load.run(FEW, 3, load.sale(url, scene.key, body))  # warm
    for clients in (FEW, MANY):
        waits: list[float] = []
        result = load.run(
            clients,
            SECONDS,
            lambda _number: buyer(url, scene.key, body, waits),  # noqa: B023
        )
        say(f"{clients} clients: {told(result.statuses, result.elapsed, waits)}")
    wrong = sum(len(result.differences) for result in reconcile())
    say(f"rows that differ in reconcile: {wrong}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def told(statuses: "Counter[int]", elapsed: float, waits: list[float]) -> str:
    return (
        f"{statuses[CREATED] / elapsed:,.0f} sales/s; refused {statuses[UNAVAILABLE]:,}, the slowest"
        f" after {max(waits, default=0):.2f} s; given up {statuses[GAVE_UP]:,}"
    )


if __name__ == "__main__":
    from bench.__main__ import PRODUCTION

    with running_system({**PRODUCTION, "FINLO_DEMO": "0"}) as url:
        measure(url)
