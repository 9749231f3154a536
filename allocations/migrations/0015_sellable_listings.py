from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [
        ("allocations", "0014_stops"),
        ("events", "0009_day_of_an_event"),
    ]

    operations = [load_function(__file__, "allocations_sellable_listings")]
