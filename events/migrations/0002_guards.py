from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION events_touch_config CASCADE;
            DROP SEQUENCE events_config_version;
            DROP FUNCTION events_setup_changed CASCADE;
            DROP FUNCTION events_setup_moved CASCADE;
            DROP FUNCTION events_component_changed CASCADE;
            """,
        )
    ]
