from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("events", "0009_day_of_an_event")]

    operations = [load_function(__file__, "events_record_made")]
