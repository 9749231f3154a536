"""`manage.py prepare`: everything that is done once before the processes are started."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connection
from psycopg_pool import PoolTimeout

from events.models import Event
from finlo_inventory import env, static_files


class Command(BaseCommand):
    help = (
        "Migrates the database, brings roles up to date, collects the static files and, into an "
        "empty database, loads the demo season. One process: importing Django costs the most."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        with_demo = env.flag("FINLO_DEMO", default=not settings.PRODUCTION)
        self._require_database()
        call_command("migrate", interactive=False, verbosity=1)
        call_command("sync_roles")
        if static_files.collect():
            self.stdout.write("static files collected")
        if with_demo:
            self._load_demo()

    def _require_database(self) -> None:
        try:
            connection.ensure_connection()
        except (DatabaseError, PoolTimeout) as error:
            where = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}"
            message = f"The database at {where} cannot be used (DATABASE_URL): {error}"
            raise CommandError(message) from None

    def _load_demo(self) -> None:
        # The marker outlives a kill in the middle: the next start finishes what it finds begun.
        unfinished = settings.STATE_DIR / "demo-unfinished"
        if Event.objects.exists() and not unfinished.exists():
            return
        self.stdout.write("first start: loading the demo season")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        call_command("seed_demo")
        unfinished.unlink()
