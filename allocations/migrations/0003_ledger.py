from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("allocations", "0002_guards")]

    operations = [
        load_function(
            __file__, "allocations_post", undo="DROP FUNCTION allocations_post(jsonb, jsonb);"
        )
    ]
