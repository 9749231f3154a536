from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    # Of a database of before (docs/operations.md).
    replaces = [("sales", "0002_guards")]

    dependencies = [
        ("sales", "0001_initial"),
        ("allocations", "0002_sql"),
    ]

    operations = [load_sql("sales")]
