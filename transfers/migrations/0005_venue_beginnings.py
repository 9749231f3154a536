from django.db import migrations

from common.sql import load_sql


class Migration(migrations.Migration):
    dependencies = [("transfers", "0004_words_of_a_date_judged")]

    operations = [load_sql("transfers", "transfers_venue_has_policy", "guards")]
