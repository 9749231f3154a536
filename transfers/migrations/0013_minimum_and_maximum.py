"""The field's usual words; the rows stay as they are."""

from django.core.validators import MinValueValidator
from django.db import migrations, models

LOWEST = MinValueValidator(1)


class Migration(migrations.Migration):
    dependencies = (("transfers", "0012_starts_that_were_moved"),)
    operations = tuple(
        operation
        for model in ("transferrule", "historicaltransferrule")
        for operation in (
            migrations.RenameField(model, "most_per_run", "max_per_run"),
            migrations.RenameField(model, "most_per_day", "max_per_day"),
            migrations.AlterField(
                model,
                "max_per_run",
                models.PositiveIntegerField(
                    "maximum at once, units", null=True, blank=True, validators=[LOWEST]
                ),
            ),
            migrations.AlterField(
                model,
                "max_per_day",
                models.PositiveIntegerField(
                    "maximum in 24 hours, units",
                    null=True,
                    blank=True,
                    validators=[LOWEST],
                    help_text="Of one pool, by this rule.",
                ),
            ),
        )
    )
