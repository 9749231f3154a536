from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("boxoffice", "0004_payment_lines")]

    operations = [
        load_sql(
            "boxoffice",
            "boxoffice_payment_stays",
            "boxoffice_payment_guard",
            "boxoffice_payment_lines",
            "boxoffice_payment_line_stays",
            "boxoffice_booked_later",
            "boxoffice_settle_outside",
            "guards_lines",
        ),
    ]
