from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0012_kills")]

    operations = [load_sql("allocations", "allocations_kill_guard", "guards_kills")]
