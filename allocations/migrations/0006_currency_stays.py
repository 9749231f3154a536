from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("allocations", "0005_keeps_its_venue"),
        ("events", "0004_dates_within_a_century"),
    ]

    operations = [run_sql(__file__, undo="DROP FUNCTION allocations_currency_stays CASCADE;")]
