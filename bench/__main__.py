"""Runs the benchmarks and writes docs/performance.md."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.running import CHECKOUT, running_system

if TYPE_CHECKING:
    from bench.load import Measured

SECONDS = 10
HOT = 32
Row = tuple[str, str, str]


def sales(url: str) -> list[Row]:
    # Django reads its settings at import: only now do they name the system to measure.
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    django.setup()
    from bench import load, stage
    from sales.reconcile import reconcile

    scene = stage.build()
    body = json.dumps(
        {"event": scene.event, "confirm": True, "lines": [{"item": scene.item, "quantity": 1}]}
    ).encode()
    sell = load.sale(url, scene.key, body)
    load.run(HOT, 3, sell)  # warm
    alone = load.run(1, SECONDS, sell)
    hot = load.run(HOT, SECONDS, sell)
    plain = stage.pgbench(scene, HOT, SECONDS)
    path = f"/api/v1/events/{scene.event}/availability/"
    headers = f"Authorization: Bearer {scene.key}\r\n"
    etag = load.etag_of(url, path, headers)
    unchanged = load.run(16, SECONDS, load.poll(url, scene.key, path, etag))
    wrong = sum(len(result.differences) for result in reconcile())
    return [
        sold(f"Sale over the API, {HOT} clients, one hot pool", hot, "≥ half of plain SQL"),
        (
            f"The same row changes in plain SQL (pgbench, {HOT} clients)",
            f"{plain:,.0f}/s; ours is {100 * hot.rate / plain:.0f} % of it",
            "",
        ),
        sold("Sale over the API, 1 client", alone, "p50 ≤ 8 ms, p99 ≤ 30 ms"),
        sold("Availability poll, unchanged (304), 16 clients", unchanged, "≥ 2,000/s"),
        (
            "Rows that differ in reconcile afterwards",
            str(wrong),
            "0",
        ),
    ]


def sold(name: str, measured: "Measured", bar: str) -> Row:
    others = {
        status: count for status, count in measured.statuses.items() if status not in {201, 304}
    }
    return (
        name,
        f"{measured.rate:,.0f}/s, p50 {measured.percentile(0.5):.1f} ms, "
        f"p99 {measured.percentile(0.99):.1f} ms"
        + (f", other answers {others}" if others else "")
        + f"; load generator {100 * measured.cpu_share:.0f} % of a core",
        bar,
    )


def write(rows: list[Row]) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    table = "\n".join(f"| {name} | {found} | {bar} |" for name, found, bar in rows)
    text = f"""# Performance

Measured by `bin/bench` on {datetime.now(UTC):%d %B %Y} at commit {commit}: {os.cpu_count()} cores,
Python {platform.python_version()}, PostgreSQL with fsync and default synchronous_commit, everything
(database, Redis, two web workers, live, worker, beat and the load generator) on this one machine.

| what | measured | bar |
|---|---|---|
{table}

A sale is `POST /api/v1/bookings/` with `confirm`, each under an idempotency key of its own. The plain
SQL is `bench/plain_sale.sql`: the same inserts and the same update, with nobody planning, checking
or answering, against the same tables, constraints and triggers.
"""
    (CHECKOUT / "docs" / "performance.md").write_text(text)
    sys.stdout.write(f"{table}\n\nWritten to docs/performance.md\n")


def main() -> None:
    with running_system() as url:
        rows = sales(url)
    write(rows)


if __name__ == "__main__":
    main()
