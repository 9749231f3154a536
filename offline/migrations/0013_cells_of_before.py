from django.db import migrations
from django.db.models import F, Func, TextField


def forget_lists(apps, schema_editor):
    """Rows that cannot be read were kept with every cell, in a list: it names no roles, and may say who has bought."""
    kind = Func(F("cells"), function="jsonb_typeof", output_field=TextField())
    lines = apps.get_model("offline", "FileLine").objects.exclude(fault="").alias(kind=kind)
    lines.filter(kind="array").update(cells={})


class Migration(migrations.Migration):

    dependencies = [
        ('offline', '0012_conflicts_booked_by_hand'),
    ]

    operations = [
        migrations.RunPython(forget_lists, migrations.RunPython.noop),
    ]
