from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("offline", "0001_initial")]

    operations = [load_sql("offline")]
