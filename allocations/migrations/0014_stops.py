from django.db import migrations, models

from common.sql import load_function, run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("allocations", "0013_channel_usual"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("EVENT", "Event"),
                            ("ITEM", "Item"),
                            ("CHANNEL", "Sales channel"),
                            ("LISTING", "Listing"),
                        ],
                        max_length=7,
                        verbose_name="kind",
                    ),
                ),
                ("target_id", models.BigIntegerField(verbose_name="target")),
                ("event_id", models.BigIntegerField(null=True, verbose_name="event")),
                ("venue_id", models.BigIntegerField(null=True, verbose_name="venue")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("note", models.TextField(blank=True, verbose_name="reason in the history")),
                ("user_id", models.BigIntegerField(null=True, verbose_name="person")),
                ("number", models.BigIntegerField(verbose_name="number")),
                ("is_recorded", models.BooleanField(default=False, verbose_name="recorded")),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["event_id"], name="stop_by_event"),
                    models.Index(fields=["venue_id"], name="stop_by_venue"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "target_id"), name="stop_once_per_target"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("event_id", None),
                                ("kind", "CHANNEL"),
                                ("venue_id__isnull", False),
                            ),
                            models.Q(
                                models.Q(("kind", "CHANNEL"), _negated=True),
                                ("event_id__isnull", False),
                                ("venue_id", None),
                            ),
                            _connector="OR",
                        ),
                        name="stop_counts_somewhere",
                    ),
                ],
            },
        ),
        load_function(
            __file__,
            "allocations_stop_follows",
            undo="DROP FUNCTION allocations_stop_follows CASCADE;",
        ),
        load_function(
            __file__,
            "allocations_surroundings",
            undo="DROP FUNCTION allocations_surroundings(bigint);",
        ),
        run_sql(__file__, undo="DROP SEQUENCE allocations_stop_number;"),
        load_function(__file__, "allocations_post"),
    ]
