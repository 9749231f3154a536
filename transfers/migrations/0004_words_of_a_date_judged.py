from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0003_can_sell")]

    operations = [load_sql("transfers", "transfers_date_judged")]
