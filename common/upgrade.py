"""A database of before, in which only some of the migrations of its time have run, is not taken for a whole one."""

from typing import Any

from django.core.management import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader


def refuse_partly_migrated(using: str, **_signal: Any) -> None:
    """Before migrations run: each that counts as applied has those that it rests on.

    Django asks this of the names that the database has noted. An initial migration is called as the
    one of before, and counts where the last one that it replaces has run: so it is asked again here.
    Raises ``CommandError``.
    """
    loader = MigrationLoader(connections[using])
    applied = loader.applied_migrations
    for key in sorted(applied.keys() & loader.graph.nodes.keys()):
        for parent in loader.graph.node_map[key].parents:
            if parent not in applied:
                app, _name = parent
                raise CommandError(
                    f"Only some of the migrations of before have run for {app} in this database. Run them all with"
                    " the version before this one (docs/operations.md, “A database of an earlier version”)."
                )
