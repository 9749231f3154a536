from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    # Of a database of before (docs/operations.md).
    replaces = [("alerts", "0002_guards")]

    dependencies = [
        ("alerts", "0001_initial"),
        ("events", "0002_sql"),
    ]

    operations = [load_sql("alerts")]
