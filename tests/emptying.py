"""What a test with `transaction=True` leaves behind is taken away, and nothing else.

Django's own way truncates every table, and then makes the permissions anew; the roles would have to
be made again after that, before each of the tests that follow.
"""

import functools

from django.db import ProgrammingError, connection, transaction
from psycopg import sql

# What migrations and `sync_roles` have made. No test commits a change to it.
KEPT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}


# The test databases' role may do this (tests/template.py): no trigger looks at what is deleted.
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"


def empty_tables() -> None:
    """Every table of a model is empty again, but for those that hold the roles."""
    with connection.cursor() as cursor:
        cursor.execute(_asked())
        written = [sql.Identifier(name) for (name,) in cursor.fetchall()]
        if not written:
            return
        try:
            with transaction.atomic():
                cursor.execute(WITHOUT_TRIGGERS)
                for name in written:
                    cursor.execute(sql.SQL("DELETE FROM {}").format(name))
        except ProgrammingError:
            # A server of somebody else. It takes ten times as long, and every plan has to be made again.
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(written)))
        # The rules of no venue, which a migration has made.
        cursor.execute("SELECT alerts_begin_system()")


@functools.cache
def _asked() -> sql.Composed:
    """The statement that names the tables in which something stands. No test makes or drops a table."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in names
        if name not in KEPT
    ]
    return sql.SQL(" UNION ALL ").join(asked)
