"""What migrations make can be made again, and databases of before are known by the migrations they had."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from common.sql import load_sql

pytestmark = pytest.mark.django_db

WITH_SQL = ("common", "events", "allocations", "sales", "transfers", "alerts")


def functions_and_triggers() -> list[tuple[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(oid) FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'"
            " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            " ORDER BY 1"
        )
        rows: list[tuple[str]] = cursor.fetchall()
    return rows


def test_functions_and_guards_can_be_loaded_again() -> None:
    before = functions_and_triggers()
    assert len(before) > 120
    state = MigrationLoader(connection).project_state()
    for app in WITH_SQL:
        with connection.schema_editor() as editor:
            load_sql(app).database_forwards(app, editor, state, state)
    assert functions_and_triggers() == before


def of_before() -> None:
    """The names of migrations as a database has them in which the old ones have run."""
    recorded = MigrationRecorder(connection).migration_qs
    for app, name in MigrationLoader(connection).replacements:
        if name != "0001_initial":
            recorded.filter(app=app, name=name).delete()


def test_a_database_of_before_is_taken_as_migrated() -> None:
    of_before()
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_a_database_in_which_only_some_migrations_of_before_have_run_is_refused() -> None:
    of_before()
    [(app, name)] = MigrationLoader(connection).replacements["alerts", "0001_initial"].replaces
    MigrationRecorder(connection).migration_qs.filter(app=app, name=name).delete()
    with pytest.raises(CommandError, match=r"Only some of the migrations .* for alerts"):
        call_command("migrate", verbosity=0)
