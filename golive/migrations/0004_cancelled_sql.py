from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("golive", "0003_cancelled")]

    operations = [load_sql("golive", "golive_is_ready", "golive_run_stays")]
