from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0015_day_sums")]

    operations = [
        load_sql("sales", "sales_day_changed", "sales_day_line_changed", "guards_day_sums")
    ]
