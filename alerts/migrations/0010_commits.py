from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0009_names_in_one_form"),
        ("events", "0012_commits"),
    ]

    operations = [run_sql(__file__, undo="DROP TRIGGER alerts_alert_commit ON alerts_alert;")]
