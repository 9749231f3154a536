import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sales.reconcile import reconcile


class Command(BaseCommand):
    help = "Prove that stock, movements and bookings agree; exit 1 with the rows that differ."

    def handle(self, *_args: Any, **_options: Any) -> None:
        wrong = 0
        started = time.monotonic()
        for result in reconcile():
            wrong += len(result.differences)
            mark = "✗" if result.differences else "✓"
            self.stdout.write(f"{mark} {result.check.name} ({result.rows:,} rows)")
            for difference in result.differences:
                self.stdout.write(f"    {difference}")
        seconds = time.monotonic() - started
        if wrong:
            message = f"{wrong} differences found in {seconds:.1f} s."
            raise CommandError(message, returncode=1)
        self.stdout.write(f"All agree, in {seconds:.1f} s.")
