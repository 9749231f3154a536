from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0011_rehearsals_go")]

    operations = [
        load_sql(
            "transfers",
            "transfers_policy_of",
            "transfers_is_divided_freely",
            "transfers_is_taken_from_somebody",
            "transfers_sells_less",
            "transfers_judge_taking",
            "transfers_movement_judged",
            "transfers_terms_judged",
        ),
    ]
