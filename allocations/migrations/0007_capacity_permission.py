from typing import Any

from django.db import migrations

MOVE, RESIZE = (
    ("move_stock", "Can change allocations"),
    ("resize_stock", "Can change capacity and limits"),
)


def rename(apps: Any, _editor: Any) -> None:
    """Django makes new permissions, and leaves the names of old ones."""
    permissions = apps.get_model("auth", "Permission").objects
    permissions.filter(codename=MOVE[0], content_type__app_label="allocations").update(name=MOVE[1])


class Migration(migrations.Migration):
    dependencies = [
        ("allocations", "0006_currency_stays"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="stock",
            options={
                "ordering": ("pk",),
                "permissions": (MOVE, RESIZE),
                "verbose_name_plural": "stock",
            },
        ),
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
