"""Questions asked of rows as they would be: the very statements that judge the present, over views of the same names.

A view in front of a table holds the rows that are given and all others as they are. It is temporary, nothing can be
written while it stands, no row is locked, and everything is rolled back (docs/adr on previews).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

# So long a question may take; whoever asks is told that it took too long.
PATIENCE = "5s"
_VIEW = """
CREATE TEMPORARY VIEW {name} AS
SELECT * FROM jsonb_populate_recordset(NULL::public.{name}, current_setting('finlo.as_if')::jsonb -> {table})
 UNION ALL
SELECT * FROM public.{name}
 WHERE id <> ALL (ARRAY(
       SELECT (given ->> 'id')::bigint
         FROM jsonb_array_elements(current_setting('finlo.as_if')::jsonb -> {table}) given))
"""
# The other path makes functions that have been called before look their tables up anew.
_BEGIN = "SET LOCAL search_path TO pg_temp, public; SET LOCAL statement_timeout TO {patience}; SET TRANSACTION READ ONLY"


@contextmanager
def as_if(rows: Iterable[Model]) -> Iterator[None]:
    """Within it the database answers as if these rows stood in their tables, in place of those with their ids.

    For statements and functions that read. A row that is not there yet has a negative id. Whatever is written inside
    is refused by the database.
    """
    by_table: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by_table[row._meta.db_table].append(as_row(row))
    views = [
        sql.SQL(_VIEW).format(name=sql.Identifier(table), table=sql.Literal(table))
        for table in sorted(by_table)
    ]
    given = sql.SQL("SELECT set_config('finlo.as_if', {}, true)").format(
        sql.Literal(json.dumps(by_table, default=_plain))
    )
    begin = sql.SQL(_BEGIN).format(patience=sql.Literal(PATIENCE))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("; ").join([given, *views, begin]))
        yield
        transaction.set_rollback(True)


def as_row(row: Model) -> dict[str, object]:
    """Column → value, as JSON for the database."""
    return {str(field.column): getattr(row, field.attname) for field in row._meta.concrete_fields}


def in_json(rows: Iterable[Model]) -> str:
    """Rows for ``jsonb_populate_recordset``."""
    return json.dumps([as_row(row) for row in rows], default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(type(value).__name__)
