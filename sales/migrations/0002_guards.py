from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial"), ("allocations", "0003_ledger")]

    operations = [
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION sales_booking_guard CASCADE;
            DROP FUNCTION sales_line_guard CASCADE;
            DROP FUNCTION sales_component_frozen CASCADE;
            DROP FUNCTION sales_booked_stays CASCADE;
            """,
        )
    ]
