from django.db import migrations, models

from common.sql import load_function

# What was counted until now took time in which a channel could not sell for time without a sale:
# counting begins anew.
ANEW = """
DELETE FROM alerts_pacehistory;
DELETE FROM alerts_paceslot;
DELETE FROM alerts_stockpace;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_guards"), ("events", "0009_day_of_an_event")]

    operations = [
        migrations.AddField(
            model_name="alertwatch", name="looked_at", field=models.DateTimeField(null=True)
        ),
        load_function(__file__, "alerts_channel_levels"),
        # Another one says that now: events_sales_close.
        migrations.RunSQL("DROP FUNCTION IF EXISTS alerts_sales_close", migrations.RunSQL.noop),
        migrations.RunSQL(ANEW, migrations.RunSQL.noop),
    ]
