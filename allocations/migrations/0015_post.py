from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0014_rehearsals_go")]

    operations = [load_sql("allocations", "allocations_post")]
