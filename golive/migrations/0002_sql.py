from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [
        ("golive", "0001_initial"),
        ("events", "0005_rehearsals"),
        ("allocations", "0014_rehearsals_go"),
        ("transfers", "0011_rehearsals_go"),
        ("alerts", "0008_answered_tests"),
        ("partners", "0001_initial"),
    ]

    operations = [load_sql("golive")]
