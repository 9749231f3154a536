from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("events", "0004_rehearsals_and_checklists"), ("accounts", "0002_venues_and_channels")]

    operations = [load_sql("events", "events_is_rehearsal", "events_rehearsal_stays", "guards_rehearsals")]
