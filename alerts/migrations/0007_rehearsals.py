from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_sync_conflict"), ("events", "0005_rehearsals")]

    operations = [load_sql("alerts", "alerts_rules_for", "alerts_rules_of_venues")]
