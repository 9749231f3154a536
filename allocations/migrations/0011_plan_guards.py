from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0010_plans")]

    operations = [
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION allocations_plan_part_guard CASCADE;
            DROP FUNCTION allocations_plan_stays CASCADE;
            """,
        )
    ]
