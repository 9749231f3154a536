from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0009_kills"), ("allocations", "0013_kill_guard")]

    operations = [
        load_sql("transfers", "transfers_needs", "transfers_movement_judged", "guards"),
    ]
