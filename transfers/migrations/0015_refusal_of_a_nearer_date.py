from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("transfers", "0014_stops_in_force")]

    operations = [load_function(__file__, "transfers_date_judged")]
