from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0003_listing_windows")]

    operations = [load_sql("allocations", "allocations_sell_through")]
