from django.db import migrations

from common.sql import load_function, run_sql


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("transfers", "0003_workflow_sign_off")]

    operations = [
        load_function(__file__, "alerts_venue_begins"),
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION alerts_venue_begins CASCADE;
            DROP FUNCTION alerts_begin;
            DROP FUNCTION alerts_begin_system;
            DROP FUNCTION alerts_rule_changed CASCADE;
            DROP FUNCTION alerts_rule_teams_changed CASCADE;
            DROP FUNCTION alerts_alert_moves CASCADE;
            DROP FUNCTION alerts_step_stays CASCADE;
            DROP FUNCTION alerts_rules_for;
            DROP FUNCTION alerts_rules_of_venues;
            DROP FUNCTION IF EXISTS alerts_channel_levels;
            DROP FUNCTION IF EXISTS alerts_recipients;
            DROP FUNCTION alerts_people;
            DROP FUNCTION alerts_after_quiet;
            """,
        ),
        load_function(__file__, "alerts_recipients"),
    ]
