"""Sales that arrive late: syncs of a thousand over the API, and a sales file of a hundred thousand lines."""

import json
import resource
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from allocations.models import SalesChannel
from bench.load import Client
from bench.stage import Stage
from common.actor import SYSTEM
from exchange.sales_files.booking import book_file, summary_of
from exchange.sales_files.reading import read_file
from finlo_inventory.processes.garbage import collect_rarely

SALES, SYNCS = 1_000, 20
LINES = 100_000
PLAIN = Path(__file__).with_name("plain_sync.sql")


@dataclass(frozen=True, slots=True)
class LateSales:
    """Sales a second over the API and in plain SQL; seconds for the file, and megabytes that it took."""

    synced: float
    plain: float
    read: float
    booked: float
    megabytes: float


def measure(url: str, stage: Stage) -> LateSales:
    """By one client, on one hot pool; the file in this process, as the worker would."""
    collect_rarely()
    synced, plain = _syncs(url, stage), _plain(stage)
    read, booked, megabytes = _file(stage)
    return LateSales(synced, plain, read, booked, megabytes)


def _syncs(url: str, stage: Stage) -> float:
    client = Client(url)
    fixed = f"Authorization: Bearer {stage.key}\r\nContent-Type: application/json\r\n"
    bodies = [_body(stage) for _ in range(SYNCS + 1)]
    began = time.perf_counter()
    for number, body in enumerate(bodies):
        if number == 1:  # the first is to warm up
            began = time.perf_counter()
        headers = f"{fixed}Idempotency-Key: {uuid.uuid4()}\r\n"
        status, answer = client.call("POST", "/api/v1/sync/", headers, body)
        results = json.loads(answer).get("results", [])
        accepted = sum(result["result"] == "ACCEPTED" for result in results)
        if (status, accepted) != (200, SALES):
            message = f"{status}, {accepted} of {SALES} accepted: {answer[:300]!r}"
            raise RuntimeError(message)
    return SALES * SYNCS / (time.perf_counter() - began)


def _body(stage: Stage) -> bytes:
    sales = [
        {
            "client_id": str(uuid.uuid4()),
            "sold_at": "2026-11-30T12:00:00Z",
            "lines": [{"item": stage.item, "quantity": 1}],
        }
        for _ in range(SALES)
    ]
    return json.dumps({"sales": sales}).encode()


def _plain(stage: Stage) -> float:
    numbers = {
        "stock": stage.stock,
        "event": stage.event,
        "channel": stage.channel,
        "item": stage.item,
        "listing": stage.listing,
    }
    statement = PLAIN.read_text()
    began = time.perf_counter()
    for _ in range(SYNCS):
        with connection.cursor() as cursor:
            cursor.execute(statement, numbers)
    return SALES * SYNCS / (time.perf_counter() - began)


def _file(stage: Stage) -> tuple[float, float, float]:
    channel = SalesChannel.objects.select_related("venue").get(pk=stage.channel)
    lines = "".join(
        f"Bench,,Ticket,1,400.00,A-{number},2026-11-30 12:00\r\n" for number in range(LINES)
    )
    content = f"event,date,item,quantity,price,reference,time\r\n{lines}".encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    file = read_file(channel=channel, name="bench.csv", content=content, by=SYSTEM)
    read = time.perf_counter()
    new = summary_of(file).new
    book_file(file, by=SYSTEM)
    ended = time.perf_counter()
    if new != LINES:
        message = f"{new} of {LINES} lines are new."
        raise RuntimeError(message)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024
    return read - began, ended - read, grown
