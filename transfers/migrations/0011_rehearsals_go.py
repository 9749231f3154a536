from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0010_kills_judged"), ("events", "0005_rehearsals")]

    operations = [load_sql("transfers", "transfers_transfer_moves", "transfers_step_stays")]
