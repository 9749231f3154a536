from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [
        ("boxoffice", "0001_initial"),
        ("sales", "0006_names_of_terminals"),
    ]

    operations = [load_sql("boxoffice")]
