from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("boxoffice", "0005_payment_lines_sql")]

    operations = [load_sql("boxoffice", "boxoffice_due_date", "guards_due")]
