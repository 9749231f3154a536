"""SQL that migrations run, kept in files of its own so that it can be read."""

from pathlib import Path

from django.db.migrations import RunSQL


def run_sql(migration: str, *, undo: str) -> RunSQL:
    """Run the ``.sql`` file that stands beside a migration and carries its name.

    ``migration`` is the migration's ``__file__``; ``undo`` takes it back.
    """
    return RunSQL(Path(migration).with_suffix(".sql").read_text(), undo)
