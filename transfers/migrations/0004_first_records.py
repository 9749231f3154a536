from django.db import migrations

from common.sql import load_function


class Migration(migrations.Migration):
    dependencies = [("transfers", "0003_workflow_sign_off"), ("events", "0010_record_made")]

    operations = [
        load_function(__file__, "transfers_venue_policy"),
        migrations.RunSQL(
            "SELECT events_record_made('transfers_transferpolicy', 'transfers_historicaltransferpolicy',"
            " ARRAY(SELECT id FROM transfers_transferpolicy WHERE event_id IS NULL), 'Made with the venue')",
            migrations.RunSQL.noop,
        ),
    ]
