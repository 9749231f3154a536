from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0007_named_holds")]

    operations = [
        load_sql(
            "sales",
            "sales_block_guard",
            "sales_block_line_guard",
            "sales_hold_change_stays",
            "guards_holds",
        ),
    ]
