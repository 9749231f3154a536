from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from demo import season
from demo.build import build
from demo.passwords import demo_password
from events.models import Venue

SIZES = ("full", "small")


class Command(BaseCommand):
    help = "Load the demo season into an empty system; does nothing where venues exist already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=2026, help="decides every demo sale")
        parser.add_argument(
            "--size",
            choices=SIZES,
            default="full",
            help="small: a few events, sold a little; default: %(default)s",
        )

    def handle(self, *_args: Any, seed: int, size: str, **_options: Any) -> None:
        if settings.PRODUCTION:
            self.stdout.write("A production system gets no demo data.")
            return
        if Venue.objects.exists():
            self.stdout.write("There are venues already; the demo is not loaded again.")
            return
        built = build(seed, small=size == "small")
        self.stdout.write(
            f"Demo: {built.events} events, {built.bookings} bookings, {built.tickets} tickets."
        )
        settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
        lines = [
            f"{person.email:28} {demo_password()}   {person.role or 'Superuser'}"
            for person in season.PEOPLE
        ]
        (settings.STATE_DIR / "demo-logins.txt").write_text("\n".join(lines) + "\n")
