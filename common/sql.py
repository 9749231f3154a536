"""The SQL of an app stands in ``<app>/sql/``; migrations load it from there, and hold none themselves.

A file for each function, named as the function; ``guards.sql`` for triggers, sequences and the like;
``first_rows.sql`` for rows that are there from the beginning. How to change one: CONTRIBUTING.md.
"""

from pathlib import Path

from django.db.migrations import RunSQL

ROOT = Path(__file__).resolve().parent.parent
# What is loaded after the functions, in this order.
AFTER_FUNCTIONS = ("guards", "first_rows")


def is_function(name: str) -> bool:
    """Whether a file in ``sql/`` holds a function, and not guards or rows."""
    return not name.startswith(AFTER_FUNCTIONS)


def load_sql(app: str, *names: str) -> RunSQL:
    """Load the SQL of an app: all functions, then guards, then first rows; or the files named alone.

    All of it is loaded once, by the app's first migration of SQL. Whoever changes a file adds a
    migration that loads it again by its name, for databases that have an older text. Every file but
    the first rows can be loaded again; a function may call what comes after it.
    """
    files = {path.stem: path for path in sorted((ROOT / app / "sql").glob("*.sql"))}
    functions = [name for name in files if is_function(name)]
    whole = [*functions, *(name for name in AFTER_FUNCTIONS if name in files)]
    texts = [files[name].read_text() for name in names or whole]
    # Where a few files are loaded again, what was there before is not known any more: it stays.
    undo = RunSQL.noop if names else f"DROP FUNCTION IF EXISTS {', '.join(functions)} CASCADE"
    return RunSQL("\n".join(["SET LOCAL check_function_bodies = off;", *texts]), undo)
