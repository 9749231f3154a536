from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0009_guests")]

    operations = [
        load_sql(
            "sales",
            "sales_guests_within_hold",
            "sales_guest_guard",
            "sales_hand_out_guard",
            "guards_guests",
        ),
    ]
