from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = (("allocations", "0019_minimum_per_booking"),)
    operations = (load_function(__file__, "allocations_post"),)
