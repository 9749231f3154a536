from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0015_removals_from_sale")]

    operations = [load_sql("allocations", "allocations_post")]
