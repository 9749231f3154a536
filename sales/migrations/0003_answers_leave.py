"""Stored answers are no part of sales: their table goes, with its rows, to ``idempotency``."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sales", "0002_sql")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable("IdempotencyKey", "idempotency_storedanswer"),
            ],
            state_operations=[migrations.DeleteModel("IdempotencyKey")],
        ),
    ]
