"""The field's usual words; the rows stay as they are."""

from django.core.validators import MinValueValidator
from django.db import migrations, models
from django.db.models import F, Q

OLD = {"min_per_booking": "least_per_booking", "max_per_booking": "most_per_booking"}
LOWEST = MinValueValidator(1)


class Migration(migrations.Migration):
    dependencies = (("events", "0012_commits"),)
    operations = (
        migrations.RemoveConstraint("item", "item_least_per_booking_positive"),
        migrations.RemoveConstraint("item", "item_most_per_booking_at_least_least"),
        *(
            migrations.RenameField(model, old, new)
            for model in ("item", "historicalitem")
            for new, old in OLD.items()
        ),
        *(
            operation
            for model in ("item", "historicalitem")
            for operation in (
                migrations.AlterField(
                    model,
                    "min_per_booking",
                    models.PositiveSmallIntegerField(
                        "minimum per booking", default=1, validators=[LOWEST]
                    ),
                ),
                migrations.AlterField(
                    model,
                    "max_per_booking",
                    models.PositiveSmallIntegerField(
                        "maximum per booking", null=True, blank=True, validators=[LOWEST]
                    ),
                ),
            )
        ),
        migrations.AddConstraint(
            "item",
            models.CheckConstraint(
                condition=Q(min_per_booking__gte=1), name="item_min_per_booking_positive"
            ),
        ),
        migrations.AddConstraint(
            "item",
            models.CheckConstraint(
                condition=Q(max_per_booking=None) | Q(max_per_booking__gte=F("min_per_booking")),
                name="item_max_per_booking_reaches_min",
            ),
        ),
    )
