from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_channel_levels"), ("transfers", "0005_venue_beginnings")]

    operations = [load_sql("alerts", "alerts_venue_is_watched", "guards")]
