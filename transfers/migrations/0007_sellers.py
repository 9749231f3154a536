from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0006_moved_away")]

    operations = [load_sql("transfers", "transfers_sellers", "transfers_can_sell")]
