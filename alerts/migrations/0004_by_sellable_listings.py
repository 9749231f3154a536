from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_watched_time"),
        ("allocations", "0015_sellable_listings"),
    ]

    operations = [load_function(__file__, "alerts_channel_levels")]
