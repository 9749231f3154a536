from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0001_initial"), ("events", "0002_guards")]

    operations = [
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION allocations_listing_guard CASCADE;
            DROP FUNCTION allocations_channel_config CASCADE;
            DROP FUNCTION allocations_stock_guard CASCADE;
            DROP FUNCTION allocations_stock_conserved CASCADE;
            DROP FUNCTION allocations_capacity_stocked CASCADE;
            DROP FUNCTION allocations_limit_stocked CASCADE;
            DROP FUNCTION allocations_movement_stays CASCADE;
            """,
        )
    ]
