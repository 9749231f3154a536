from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_registered_templates"), ("events", "0010_record_made")]

    operations = [
        load_function(__file__, "alerts_record_beginnings"),
        load_function(__file__, "alerts_venue_begins"),
        migrations.RunSQL(
            "SELECT alerts_record_beginnings(NULL);"
            "SELECT alerts_record_beginnings(id) FROM events_venue;",
            migrations.RunSQL.noop,
        ),
    ]
