"""`manage.py serve`: the whole system under one supervisor. bin/run ends in it."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from finlo_inventory import env
from finlo_inventory.processes import ports, state
from finlo_inventory.processes.account import choose_account
from finlo_inventory.processes.errors import CannotStart, StoppedEarly
from finlo_inventory.processes.home import choose_home
from finlo_inventory.processes.logs import Log
from finlo_inventory.processes.pidfiles import PidFiles
from finlo_inventory.processes.postgres import EmbeddedPostgres
from finlo_inventory.processes.supervisor import NAME, Supervisor
from finlo_inventory.processes.system import System, site
from finlo_inventory.processes.valkey import EmbeddedValkey
from finlo_inventory.version import VERSION

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = (
        "Starts PostgreSQL and Redis (unless DATABASE_URL and REDIS_URL name others), prepares "
        "the database, starts web, live, worker, planner, notifier and beat, and keeps them running until Ctrl-C."
    )
    # Checks may need a database, which this command is the one to start.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        log = Log()
        try:
            with state.exclusive(settings.STATE_DIR):
                Run(log, settings.STATE_DIR).go()
        except (CannotStart, OSError) as error:
            # A full disk, say: its own words name the file.
            log.plain(f"\nFinlo Inventory was not started.\n{error}")
            sys.exit(1)


class Run:
    """One run, from the first check to the last process stopped."""

    def __init__(self, log: Log, directory: Path) -> None:
        self._log = log
        self._directory = directory.resolve()
        self._stopping = threading.Event()
        self._pids = PidFiles(self._directory / "pids")
        self._supervisor = Supervisor(log, self._pids, self._stopping)

    def go(self) -> None:
        """Raises CannotStart; by then nothing is left running."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        # First: what a killed supervisor left behind still holds its ports.
        self._pids.sweep(self._say)
        ports.require_free(settings.WEB_HOST, settings.WEB_PORT, "FINLO_WEB_PORT")
        ports.require_free(settings.WEB_HOST, settings.LIVE_PORT, "FINLO_LIVE_PORT")
        try:
            system = self._start()
            self._log.plain(self._greeting(system))
            self._supervisor.watch()
        except StoppedEarly:
            self._say("stopped before everything was up")
        finally:
            self._supervisor.stop()
            state.forget_addresses(self._directory)
            state.forget_metrics(state.metrics_directory(self._directory))
        self._log.plain("Finlo Inventory is stopped.")

    def _start(self) -> System:
        addresses = self._start_embedded()
        system = System(
            checkout=settings.BASE_DIR,
            state=self._directory,
            host=settings.WEB_HOST,
            web_port=settings.WEB_PORT,
            web_workers=env.whole_number("FINLO_WEB_WORKERS", 2, minimum=1, maximum=64),
            live_port=settings.LIVE_PORT,
            database_url=addresses["DATABASE_URL"],
            redis_url=addresses["REDIS_URL"],
            environment=self._environment(addresses),
        )
        self._supervisor.run_once(system.preparation())
        self._supervisor.start(*system.web(), system.live(), system.worker(), system.beat())
        # A fifth process beside the four would make each start longer by two seconds on two cores.
        self._supervisor.leave_for_later(system.notifier())
        self._supervisor.leave_for_later(system.planner())
        return system

    def _start_embedded(self) -> dict[str, str]:
        """The addresses of both servers, ours or others'."""
        addresses = {name: env.text(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        web = {"WEB_URL": site(settings.WEB_HOST, settings.WEB_PORT)}
        if all(addresses.values()):
            # The others' addresses, which may hold passwords, are where they were set.
            state.write_addresses(self._directory, web)
            return addresses
        account = choose_account()
        home = choose_home(self._directory, account, self._say)
        if not addresses["DATABASE_URL"]:
            postgres = EmbeddedPostgres(home, account)
            postgres.prepare()
            self._supervisor.start(postgres.service())
            addresses["DATABASE_URL"] = postgres.url
        if not addresses["REDIS_URL"]:
            valkey = EmbeddedValkey(home, account)
            valkey.prepare()
            self._supervisor.start(valkey.service())
            addresses["REDIS_URL"] = valkey.url
        state.write_addresses(self._directory, {**addresses, **web})
        return addresses

    def _environment(self, addresses: dict[str, str]) -> dict[str, str]:
        metrics = state.metrics_directory(self._directory)
        return {
            **os.environ,
            **addresses,
            "FINLO_STATE_DIR": str(self._directory),
            # The web processes add up their counters in files there.
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "PYTHONUNBUFFERED": "1",
        }

    def _greeting(self, system: System) -> str:
        web = site(system.host, system.web_port)
        live = site(system.host, system.live_port).replace("http", "ws", 1)
        lines = [
            "",
            "Finlo Inventory is up.",
            f"  Version {VERSION}",
            f"  Board   {web}/board/",
            f"  Admin   {web}/admin/",
            f"  API     {web}/api/v1/docs/",
            f"  Live    {live}/ws/",
        ]
        logins = self._directory / state.DEMO_LOGINS
        if logins.exists():
            lines += ["", "  Demo logins"]
            lines += [f"    {line}" for line in logins.read_text().splitlines()]
        return "\n".join([*lines, "", "Ctrl-C stops everything; the data is kept.", ""])

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stopping.set()

    def _say(self, text: str) -> None:
        self._log.line(NAME, text)
