from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("transfers", "0005_names_in_one_form"),
        ("events", "0012_commits"),
    ]

    operations = [
        run_sql(__file__, undo="DROP TRIGGER transfers_transfer_commit ON transfers_transfer;")
    ]
