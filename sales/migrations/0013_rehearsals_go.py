from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0012_turned_away"), ("events", "0005_rehearsals")]

    operations = [load_sql("sales", "sales_booking_guard")]
