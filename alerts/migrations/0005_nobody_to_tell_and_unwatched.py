from django.db import migrations, models

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_by_sellable_listings")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="for_nobody",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="in place of a team"
            ),
        ),
        migrations.AddField(
            model_name="paceslot",
            name="unwatched",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        # It returns one column more.
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS alerts_recipients(bigint[], boolean)", migrations.RunSQL.noop
        ),
        load_function(__file__, "alerts_recipients"),
    ]
