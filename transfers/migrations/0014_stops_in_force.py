from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("transfers", "0013_minimum_and_maximum"), ("allocations", "0014_stops")]

    operations = [
        load_function(__file__, "transfers_can_sell"),
        load_function(__file__, "transfers_row_can_sell"),
    ]
