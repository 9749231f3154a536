from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from common.actor import SYSTEM, Actor
from common.errors import RefusedError
from sales.erasure import MAX_AT_ONCE, erase_contacts, find_contacts
from sales.models import Booking


class Command(BaseCommand):
    help = (
        "Erase who bought: the contact of all bookings that have an e-mail address, a telephone number"
        " or a full name, or of the one that a booking number names. Without --yes it only says which."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("contact", help="the address, telephone, name or booking number, whole")
        parser.add_argument("--reason", required=True, help="why; kept with the receipt")
        parser.add_argument("--by", help="e-mail address of the person who decided it")
        parser.add_argument("--yes", action="store_true", help="erase, and not only say which")

    def handle(self, *_args: Any, **options: Any) -> None:
        by = _actor(options["by"])
        bookings = list(find_contacts(options["contact"], Booking.objects.all())[: MAX_AT_ONCE + 1])
        for booking in bookings:
            self.stdout.write(str(booking))
        if not bookings:
            raise CommandError("No booking has this contact.")
        if not options["yes"]:
            self.stdout.write(f"{len(bookings)} bookings have it. --yes erases it from them.")
            return
        try:
            receipts = erase_contacts(
                booking_ids=[booking.pk for booking in bookings], by=by, reason=options["reason"]
            )
        except RefusedError as error:
            raise CommandError(error.detail) from error
        for receipt in receipts:
            self.stdout.write(
                f"{receipt}, {receipt.venue}: {len(receipt.booking_ids)} bookings and"
                f" {receipt.answers} stored answers hold no contact any more."
            )


def _actor(email: str | None) -> Actor:
    if email is None:
        return SYSTEM
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        message = f"Nobody here has the address {email}."
        raise CommandError(message)
    return Actor.person(person)
