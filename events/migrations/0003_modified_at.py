import django.db.models.functions.datetime
from django.db import migrations, models

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("events", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="modified_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                editable=False,
                verbose_name="modified",
            ),
        ),
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION events_venue_config CASCADE;
            DROP FUNCTION events_series_config CASCADE;
            CREATE OR REPLACE FUNCTION events_touch_config() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.config_version := nextval('events_config_version');
                RETURN NEW;
            END $$;
            """,
        ),
    ]
