from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("allocations", "0008_safety_buffers")]

    operations = [
        load_sql("allocations", "allocations_buffers", "allocations_buffer_follows", "guards_buffers")
    ]
