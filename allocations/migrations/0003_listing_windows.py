from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0002_sql")]

    operations = [
        load_sql(
            "allocations",
            "allocations_listing_windows",
            "allocations_open_listings",
            "allocations_channel_levels",
            "allocations_sellable_listings",
        ),
    ]
