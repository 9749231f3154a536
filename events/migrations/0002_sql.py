from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    # Of a database of before (docs/operations.md).
    replaces = [("events", "0002_guards")]

    dependencies = [
        ("events", "0001_initial"),
    ]

    operations = [load_sql("events")]
