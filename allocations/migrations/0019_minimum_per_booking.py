from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = (
        ("allocations", "0018_internal_note"),
        ("events", "0013_minimum_and_maximum"),
    )
    operations = (load_function(__file__, "allocations_sellable_listings"),)
