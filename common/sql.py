"""SQL that migrations run, kept in files of its own so that it can be read."""

from pathlib import Path

from django.db.migrations import RunSQL


def run_sql(migration: str, *, undo: str) -> RunSQL:
    """Run the ``.sql`` file that stands beside a migration and carries its name.

    ``migration`` is the migration's ``__file__``; ``undo`` takes it back.
    """
    return RunSQL(Path(migration).with_suffix(".sql").read_text(), undo)


def load_function(migration: str, name: str, *, undo: str = RunSQL.noop) -> RunSQL:
    """Load a function whose one text is ``<app>/sql/<name>.sql``: at its first place, and again after each change.

    ``migration`` is the migration's ``__file__``. Taking it back leaves the function as it is, unless
    ``undo`` drops it. What it calls may come with a later migration: an old one loads the text of today.
    """
    text = (Path(migration).parent.parent / "sql" / f"{name}.sql").read_text()
    return RunSQL("SET LOCAL check_function_bodies = off;\n" + text, undo)
