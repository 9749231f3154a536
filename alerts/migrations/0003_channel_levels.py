from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_sql"), ("allocations", "0003_listing_windows")]

    operations = [load_sql("alerts", "alerts_channel_levels")]
