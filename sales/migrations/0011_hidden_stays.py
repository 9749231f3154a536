from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0010_guest_guards")]

    operations = [load_sql("sales", "sales_hidden_stays", "guards_holds")]
