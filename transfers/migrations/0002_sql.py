from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    # Of a database of before (docs/operations.md).
    replaces = [("transfers", "0002_guards")]

    dependencies = [
        ("transfers", "0001_initial"),
        ("allocations", "0002_sql"),
    ]

    operations = [load_sql("transfers")]
