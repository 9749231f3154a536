"""What migrations make can be made again, and databases of before are known by the migrations they had."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from common.sql import ROOT, load_sql

pytestmark = pytest.mark.django_db

WITH_SQL = ("common", "events", "allocations", "sales", "transfers", "offline", "alerts")


SCHEMA = """
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
            FROM information_schema.columns WHERE table_schema = 'public'
ORDER BY 1
"""


def schema() -> list[str]:
    """Each function, trigger, index, constraint and column, in full."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        return [text for (text,) in cursor.fetchall()]


def test_functions_and_guards_can_be_loaded_again() -> None:
    before = schema()
    assert len(before) > 2_000
    state = MigrationLoader(connection).project_state()
    for app in WITH_SQL:
        with connection.schema_editor() as editor:
            load_sql(app).database_forwards(app, editor, state, state)
    assert schema() == before


def unapply_later() -> list[Migration]:
    """Go back to the migrations that replace those of before; returns what came later, in the order in which it runs."""
    executor = MigrationExecutor(connection)
    whole = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    ours = [migration for migration, _ in whole if (ROOT / migration.app_label).is_dir()]
    replacing = {migration.app_label: migration.name for migration in ours if migration.replaces}
    executor.migrate([(app, replacing.get(app)) for app in {one.app_label for one in ours}])
    return [migration for migration in ours if not migration.replaces]


def age_functions(migrations: list[Migration]) -> int:
    """Give each function that these migrations load another text, as a database of before has; returns how many."""
    operations = [one for migration in migrations for one in migration.operations]
    loaded = "".join(str(one.sql) for one in operations if isinstance(one, RunSQL))
    names = sorted(set(re.findall(r"CREATE OR REPLACE FUNCTION (\w+)", loaded)))
    with connection.cursor() as cursor:
        # Functions stay where the tables that came later are gone: what they say of them is not looked at.
        cursor.execute("SET LOCAL check_function_bodies = off")
        cursor.execute(
            "SELECT pg_get_functiondef(p) FROM unnest(%s::text[]) name, to_regproc(name) p WHERE p IS NOT NULL",
            [names],
        )
        texts = [text for (text,) in cursor.fetchall()]
        for text in texts:
            cursor.execute(text.replace("AS $function$", "AS $function$-- of before", 1))
    return len(texts)


def of_before() -> None:
    """The names of migrations as a database has them in which the old ones have run, and none of today's."""
    replacements = MigrationLoader(connection).replacements
    old = {name for migration in replacements.values() for name in migration.replaces}
    recorder = MigrationRecorder(connection)
    for app, name in recorder.applied_migrations():
        if (ROOT / app).is_dir() and (app, name) not in old:
            recorder.migration_qs.filter(app=app, name=name).delete()


def test_a_database_of_before_runs_what_came_later_and_is_then_as_a_new_one() -> None:
    new = schema()
    later = unapply_later()
    assert age_functions(later) > 8
    of_before()
    assert schema() != new
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(leaves)
    assert sorted(map(str, later)) == sorted(str(migration) for migration, _ in plan)
    executor.migrate(leaves)
    assert schema() == new


def test_a_database_in_which_only_some_migrations_of_before_have_run_is_refused() -> None:
    of_before()
    [(app, name)] = MigrationLoader(connection).replacements["alerts", "0001_initial"].replaces
    MigrationRecorder(connection).migration_qs.filter(app=app, name=name).delete()
    with pytest.raises(CommandError, match=r"Only some of the migrations .* for alerts"):
        call_command("migrate", verbosity=0)
