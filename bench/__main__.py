"""Runs the benchmarks and writes docs/performance.md."""

import argparse
import json
import os
import platform
import secrets
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.running import CHECKOUT, running_system

if TYPE_CHECKING:
    from bench.alerts import Look
    from bench.imports import Imported
    from bench.load import Measured
    from bench.pages import Page
    from bench.rules import Round
    from bench.screens import Screens

SECONDS = 10
HOT = 32
SCREENS_SECONDS = 600
Row = tuple[str, str, str]

# A house, and what makes it ten times as large.
FIRST = ("a", 100, 1_000, 100_000)
MORE = ("b", 100, 9_000, 900_000)

PRODUCTION = {
    "FINLO_ENV": "production",
    "FINLO_SECRET_KEY": secrets.token_urlsafe(50),
    "FINLO_ALLOWED_HOSTS": "127.0.0.1",
    "FINLO_SSL_REDIRECT": "false",
    "FINLO_LOG_LEVEL": "WARNING",
    # Nothing here is about being told to slow down.
    "FINLO_API_RATE": "1000000",
}


def sales(url: str) -> list[Row]:
    # Django reads its settings at import: only now do they name the system to measure.
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    django.setup()
    from bench import late_sales, load, stage
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
    late = late_sales.measure(url, scene)
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
            f"`POST /sync/` of {late_sales.SALES:,} sales on one pool, 1 client",
            f"{late.synced:,.0f} sales/s; the same row changes in plain SQL {late.plain:,.0f}/s",
            "≥ 5,000 sales/s",
        ),
        (
            f"A sales file of {late_sales.LINES:,} lines, each a booking",
            (
                f"{late.read + late.booked:.1f} s: {late.read:.1f} s to read, {late.booked:.1f} s to book;"
                f" {late.megabytes:.0f} MB more"
            ),
            "≤ 15 s, memory flat",
        ),
        (
            "Rows that differ in reconcile afterwards",
            str(wrong),
            "0",
        ),
    ]


def screens(url: str, seconds: float) -> "Screens":
    """On a stage of its own."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    django.setup()
    from bench import stage
    from bench.screens import measure

    return measure(url, stage.build(name="Screens"), seconds)


def watched(run: "Screens") -> list[Row]:
    return [
        (
            "From a sale's commit to the message on each of 300 screens of its event, at 100 sales/s",
            (
                f"p50 {run.p50:.0f} ms, p99 {run.p99:.0f} ms, worst {run.worst:.0f} ms, over {run.seconds:.0f} s"
                f" at {run.rate:.0f} sales/s; from the sale's request p99 {run.from_request_p99:.0f} ms"
            ),
            "p99 ≤ 250 ms",
        ),
        (
            "The process of WebSockets meanwhile, with a slow and a dead client beside",
            (
                f"{100 * run.cpu_share:.0f} % of a core; {run.megabytes_before:.0f} MB at the beginning,"
                f" {run.megabytes_after:.0f} MB at the end"
            ),
            "memory does not grow",
        ),
    ]


def pages(url: str) -> tuple[list[str], str]:
    """Lines of a table, each page over both houses; and how long reconcile takes over the larger."""
    from bench.pages import House, fill, measure
    from sales.reconcile import reconcile

    houses = []
    for numbers in (FIRST, MORE):
        house = House(*numbers)
        fill(house)
        houses.append(measure(url, house))
    began = time.perf_counter()
    wrong = sum(len(result.differences) for result in reconcile())
    reconciled = f"{time.perf_counter() - began:.1f} s, {wrong} rows differ"
    return [paged(before, after) for before, after in zip(*houses, strict=True)], reconciled


def finding(url: str) -> list[Row]:
    """Over the houses that ``pages`` has filled."""
    from bench.finding import measure
    from bench.pages import House

    return [
        (
            f"An answer of *Find anything* while somebody types, {run.who}",
            (
                f"p50 {run.percentile(0.5):.0f} ms, p95 {run.percentile(0.95):.0f} ms, slowest"
                f" {run.slowest[0]:.0f} ms (“{run.slowest[1]}”), of {len(run.taken)} answers"
            ),
            "p95 ≤ 150 ms",
        )
        for run in measure(url, House(*MORE))
    ]


def find_alone(url: str) -> str:
    """The larger house alone, filled with as much as both."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    django.setup()
    from bench.pages import House, fill

    for numbers in (FIRST, MORE):
        fill(House(*numbers))
    return "".join(f"{name}: {text} (bar: {bar})\n" for name, text, bar in finding(url))


def imports() -> list["Imported"]:
    """Files of many rows, over the houses that ``pages`` has filled."""
    from bench.imports import measure

    return measure()


def rules() -> list["Round"]:
    """Past the ledger, so nothing is reconciled after it."""
    from bench.rules import measure

    return measure()


def alerts() -> list["Look"]:
    """Over what ``rules`` has filled."""
    from bench.alerts import measure

    return measure()


def paged(before: "Page", after: "Page") -> str:
    return (
        f"| {after.name} | {before.milliseconds:.0f} ms, {before.statements}"
        f" | {after.milliseconds:.0f} ms, {after.statements}"
        f" | {', '.join(after.scanned) or '–'} |"
    )


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


def write(
    rows: list[Row],
    page_rows: list[str],
    reconciled: str,
    imported: list["Imported"],
    rounds: list["Round"],
    looks: list["Look"],
) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    table = "\n".join(f"| {name} | {number} | {bar} |" for name, number, bar in rows)
    import_rows = "\n".join(
        f"| {run.what} | {run.dry_run:.1f} s | {run.imported:.1f} s |" for run in imported
    )
    rule_rows = "\n".join(
        f"| {turn.what} | {1000 * turn.seconds:,.0f} ms | {turn.statements} | {turn.moved:,} |"
        for turn in rounds
    )
    look_rows = "\n".join(
        f"| {look.what} | {1000 * look.seconds:,.0f} ms | {look.statements} | {look.begun:,} |"
        for look in looks
    )
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

Screens are sockets of one event, counted from the first message after the beginning: each sale on each screen. The n-th commit of the
hot row is taken to be where the n-th answer came, a few milliseconds late; the request is before it, so the second number is an upper bound.
Changes are sent ten times a second at most, which is half of what p50 says. The slow client reads 512 bytes a second and the dead one nothing: both are let go.

## Pages of the admin

Over a house of {FIRST[2]:,} events and {FIRST[3]:,} bookings, and over one of ten times as many; half of
the bookings are of one event, whose pages are measured. Median of ten over HTTP, and the number
of database statements. *Scanned* are tables of more than 2,000 rows that a statement of the page reads
whole, over the large house. The bar is 300 ms and 25 statements, the same for ten times the rows.

| page | {FIRST[2]:,} events | {FIRST[2] + MORE[2]:,} events | scanned |
|---|---|---|---|
{chr(10).join(page_rows)}

Reading whole is right where it is left: the overview counts all events of the person's venues and
looks up the components of a whole day's sales, and a word is sought in the middle of names, too. Those
tables hold what was set up, and do not grow with what is sold.

`manage.py reconcile` over the large house: {reconciled} (bar: 60 s over 5 million movements).

## Imports

CSV files of 10,000 rows, over the large house: from the upload to the end of the dry run, and from
the confirmation to the end of the import, both by the worker.

| 10,000 rows of | dry run | import |
|---|---|---|
{import_rows}

## Transfer rules

One evaluation of 1,000 events on sale with 20,000 stock rows of channels, 10 rules each, all due at once.
The number of statements does not depend on the number of events.

| 1,000 events | time | statements | transfers executed |
|---|---|---|---|
{rule_rows}

At most fifty are executed in a round, since their rows stay locked until it ends; the rest follows with the next.

## Alerts

One look at 1,000 events on sale with 20,000 stock rows of channels and a million counted quarters of an hour, ten
rules of stock each, velocity among them, all due at once (bar: 2 s, and a number of statements that does not depend
on the number of rows).

| 1,000 events | time | statements | alerts begun |
|---|---|---|---|
{look_rows}
"""
    (CHECKOUT / "docs" / "performance.md").write_text(text)
    sys.stdout.write(f"{table}\n\nWritten to docs/performance.md\n")


def what_if() -> str:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finlo_inventory.settings")
    django.setup()
    from bench.what_if import SEEDS, measure

    run = measure()
    return (
        f"{SEEDS} seeds of {run.buyers:,} buyers under two plans: {run.seconds:.1f} s,"
        f" {run.runs_a_second:.1f} runs/s, {run.buyers * run.runs_a_second:,.0f} decisions/s;"
        f" {run.moves} transfers in a run of the dynamic plan (bar: 30 s; load before: {run.load:.1f})\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument(
        "--screens",
        type=float,
        metavar="SECONDS",
        help="only the screens, for so long, and write nothing",
    )
    parser.add_argument(
        "--what-if",
        action="store_true",
        help="only a what-if of 5,000 buyers, two plans and 200 seeds, and write nothing",
    )
    parser.add_argument(
        "--find",
        action="store_true",
        help="only Find anything, over a million bookings, and write nothing",
    )
    options = parser.parse_args()
    if options.find:
        with running_system(PRODUCTION) as url:
            sys.stdout.write(find_alone(url))
        return
    if options.what_if:
        with running_system(PRODUCTION):
            sys.stdout.write(what_if())
        return
    seconds = options.screens
    if seconds is not None:
        with running_system(PRODUCTION) as url:
            for name, text, bar in watched(screens(url, seconds)):
                sys.stdout.write(f"{name}: {text} (bar: {bar})\n")
        return
    with running_system(PRODUCTION) as url:
        rows = sales(url)
        rows += watched(screens(url, SCREENS_SECONDS))
        page_rows, reconciled = pages(url)
        rows += finding(url)
        imported = imports()
        rounds = rules()
        looks = alerts()
    write(rows, page_rows, reconciled, imported, rounds, looks)


if __name__ == "__main__":
    main()
