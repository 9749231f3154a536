from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0004_blocks")]

    operations = [
        load_sql(
            "sales",
            "sales_block_guard",
            "sales_block_line_guard",
            "sales_component_frozen",
            "guards_blocks",
        ),
    ]
