from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0010_named_holds")]

    operations = [load_sql("allocations", "allocations_post")]
