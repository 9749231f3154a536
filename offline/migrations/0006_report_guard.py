from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("offline", "0005_sales_files")]

    operations = [load_sql("offline", "offline_report_guard")]
