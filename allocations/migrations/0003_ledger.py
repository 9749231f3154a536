from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0002_guards")]

    operations = [run_sql(__file__, undo="DROP FUNCTION allocations_post(jsonb, jsonb);")]
