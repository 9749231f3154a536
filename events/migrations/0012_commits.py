from django.db import migrations, models

from common.sql import load_function, run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0011_names_in_one_form"),
    ]

    operations = [
        migrations.CreateModel(
            name="Commit",
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
                            ("TRANSFER", "Transfer"),
                            ("ALERT", "Alert"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("target_id", models.BigIntegerField(verbose_name="target")),
                ("at", models.DateTimeField(verbose_name="committed")),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["kind", "at"], name="commit_by_moment")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "target_id"), name="commit_once_per_target"
                    )
                ],
            },
        ),
        load_function(
            __file__, "events_note_commit", undo="DROP FUNCTION events_note_commit CASCADE;"
        ),
        run_sql(__file__, undo=migrations.RunSQL.noop),
    ]
