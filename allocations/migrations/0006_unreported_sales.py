import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0002_sql"),
        ("allocations", "0005_leases"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnreportedSales",
            fields=[
                (
                    "stock",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="unreported",
                        serialize=False,
                        to="allocations.stock",
                    ),
                ),
                ("about", models.PositiveIntegerField(null=True, verbose_name="about")),
                ("low", models.PositiveIntegerField(null=True, verbose_name="at least")),
                ("high", models.PositiveIntegerField(null=True, verbose_name="at most")),
                (
                    "at_risk",
                    models.PositiveIntegerField(default=0, verbose_name="at most, beyond leases"),
                ),
                ("reported_at", models.DateTimeField(verbose_name="last report")),
                (
                    "estimated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="estimated",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="allocations.saleschannel",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="events.event",
                    ),
                ),
            ],
            options={
                "ordering": ("stock_id",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("about", None), ("at_risk", 0), ("high", None), ("low", None)
                        )
                        | models.Q(
                            ("about__gte", models.F("low")),
                            ("about__lte", models.F("high")),
                            ("at_risk__lte", models.F("high")),
                            ("high__isnull", False),
                            ("low__isnull", False),
                        ),
                        name="unreported_sales_within_their_range",
                    )
                ],
            },
        ),
    ]
