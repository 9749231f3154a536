from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("offline", "0013_cells_of_before"), ("events", "0005_rehearsals")]

    operations = [load_sql("offline", "offline_report_guard", "offline_conflict_guard")]
