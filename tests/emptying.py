"""What a test with `transaction=True` leaves behind is taken away, and nothing else.

Django's own way truncates every table, and then makes the permissions anew; the roles would have to
be made again after that, before each of the tests that follow.
"""

from django.db import connection
from psycopg import sql

# What migrations and `sync_roles` have made. No test commits a change to it.
KEPT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}


def empty_tables() -> None:
    """Every table of a model is empty again, but for those that hold the roles."""
    names = [
        name
        for name in connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        if name not in KEPT
    ]
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in names
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(asked))
        written = [sql.Identifier(name) for (name,) in cursor.fetchall()]
        if written:
            # Tables that refer to these are empty, and have to be named all the same.
            truncate = sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(written))
            cursor.execute(truncate)
            # The rules of no venue, which a migration has made.
            cursor.execute("SELECT alerts_begin_system()")
