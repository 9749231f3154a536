from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("alerts", "0009_mailings")]

    operations = [load_sql("alerts", "alerts_contact")]
