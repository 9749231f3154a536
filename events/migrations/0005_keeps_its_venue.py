from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("events", "0004_dates_within_a_century")]

    operations = [
        run_sql(
            __file__,
            undo="""
            DROP TRIGGER event_keeps_its_venue ON events_event;
            DROP TRIGGER series_keeps_its_venue ON events_series;
            """,
        )
    ]
