from typing import Any

from django.core.management.base import BaseCommand

from finlo_inventory.made.files import MADE


class Command(BaseCommand):
    help = (
        "Write the files that are made from others: docs/roles.md, docs/openapi.json, .env.example,"
        " common/sql/loaded.txt, and which strings the catalogs of languages have to say."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        for path, make in MADE.items():
            path.write_text(make())
            self.stdout.write(str(path))
