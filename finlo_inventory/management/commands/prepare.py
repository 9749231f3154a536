"""`manage.py prepare`: everything that is done once before the processes are started."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection
from psycopg import sql

from events.models import Event
from finlo_inventory import env, static_files
from finlo_inventory.made.catalogs import compile_catalogs

# A statement takes milliseconds, and what stands between two of a transaction rarely longer.
IDLE_SECONDS = 30
IDLE_SETTING = "idle_in_transaction_session_timeout"


def bound_idle_transactions(seconds: float = IDLE_SECONDS) -> bool:
    """Let the server end a transaction whose process has frozen, with all the locks that it holds.

    Set for our role in our database, and not when a connection is opened: a pooler between us and
    the server opens its own. Returns whether anything was changed: what an operator has set stays.
    """
    return _set_for_our_role(IDLE_SETTING, int(seconds * 1000))


def bound_lock_waits() -> bool:
    """The same for a statement outside a transaction that waits for a lock; the others say it themselves."""
    return _set_for_our_role("lock_timeout", settings.LOCK_TIMEOUT_MS)


def _set_for_our_role(name: str, milliseconds: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT source FROM pg_settings WHERE name = %s", [name])
        if cursor.fetchone()[0] in {"user", "database", "database user"}:
            return False
        statement = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}").format(
            sql.Identifier(str(connection.settings_dict["NAME"])),
            sql.Identifier(name),
            sql.Literal(milliseconds),
        )
        cursor.execute(statement)
    return True


class Command(BaseCommand):
    help = (
        "Migrates the database, brings roles up to date, collects the static files and, into an "
        "empty database, loads the demo season. One process: importing Django costs the most."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        with_demo = env.flag("FINLO_DEMO", default=not settings.PRODUCTION)
        size = env.choice("FINLO_DEMO_SIZE", ("full", "small"), "full")
        self._require_database()
        if bound_idle_transactions():
            self.stdout.write(
                f"a transaction that idles ends after {IDLE_SECONDS} s, in this database"
            )
        bound_lock_waits()
        call_command("migrate", interactive=False, verbosity=1)
        call_command("sync_roles")
        compile_catalogs()
        if static_files.collect():
            self.stdout.write("static files collected")
        if with_demo:
            self._load_demo(size)

    def _require_database(self) -> None:
        # Not through the pool, which would try for ten seconds and then not say why.
        try:
            psycopg.connect(settings.DATABASE_URL, connect_timeout=5).close()
        except psycopg.Error as error:
            where = "{HOST}:{PORT}".format_map(settings.DATABASES["default"])
            raise CommandError(
                f"The database at {where} cannot be used (DATABASE_URL): {error}"
            ) from None

    def _load_demo(self, size: str) -> None:
        # Outlives a kill in the middle. Half a season cannot be told from a person's own events,
        # so nothing is deleted or repaired here: it is said, once.
        unfinished = settings.STATE_DIR / "demo-unfinished"
        if Event.objects.exists():
            if unfinished.exists():
                unfinished.unlink()
                self.stdout.write(
                    "Loading the demo season was interrupted, so that only a part of it is here. "
                    "docs/operations.md says how to start afresh."
                )
            return
        self.stdout.write("first start: loading the demo season")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        call_command("seed_demo", size=size)
        unfinished.unlink()
