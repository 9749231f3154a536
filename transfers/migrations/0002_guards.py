from django.db import migrations

from common.sql import load_function, run_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0001_initial"), ("allocations", "0002_guards")]

    operations = [
        load_function(__file__, "transfers_venue_policy"),
        load_function(__file__, "transfers_can_sell"),
        load_function(__file__, "transfers_transfer_asked"),
        load_function(__file__, "transfers_transfer_moves"),
        run_sql(
            __file__,
            undo="""
            DROP FUNCTION transfers_venue_policy CASCADE;
            DROP FUNCTION transfers_transfer_asked CASCADE;
            DROP FUNCTION transfers_transfer_moves CASCADE;
            DROP FUNCTION transfers_step_stays CASCADE;
            DROP FUNCTION transfers_rule_changed CASCADE;
            DROP FUNCTION transfers_stock_stays CASCADE;
            DROP FUNCTION transfers_can_sell;
            DROP FUNCTION transfers_needs;
            DROP FUNCTION transfers_is_protected;
            DROP FUNCTION transfers_policy_of;
            """,
        ),
        load_function(__file__, "transfers_needs"),
    ]
