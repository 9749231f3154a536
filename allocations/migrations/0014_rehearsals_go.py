from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0013_kill_guard"), ("events", "0005_rehearsals")]

    operations = [
        load_sql(
            "allocations",
            "allocations_movement_stays",
            "allocations_stock_guard",
            "allocations_plan_stays",
            "allocations_plan_part_guard",
            "guards",
        )
    ]
