"""A counter, the people at it, and what its screen calls."""

import json
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from allocations.models import SalesChannel
from boxoffice.models import Payment, Shift
from common.clock import utc
from common.spoken_number import spoken
from sales.models import Block, Booking, total_of
from tests.factories import Stage, make_stage, make_user

CASH = {"kind": "CASH", "tendered": "100.00"}


def make_desk(**terms: Any) -> Stage:
    """A stage that sells at a box office, ``desk``, tickets at 10.00."""
    made = make_stage(channels=("desk",), **terms)
    place = {"kind": ChannelKind.PHYSICAL, "place": ChannelPlace.BOX_OFFICE}
    SalesChannel.objects.filter(pk=made.channels["desk"].pk).update(**place)
    made.channels["desk"].refresh_from_db()
    return made


def make_person(stage: Stage, role: Role = Role.BOX_OFFICE) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    user.venues.add(stage.event.venue)
    return user


class Desk:
    """A person at the counter of a stage. Answers are Django's responses."""

    def __init__(self, stage: Stage, user: User) -> None:
        self.stage, self.user = stage, user
        self.channel = stage.channels["desk"].pk
        self.client = Client()
        self.client.force_login(user)

    def get(self, path: str) -> Any:
        return self.client.get(f"/counter{path}")

    def post(self, path: str, body: object, key: str | None = "") -> Any:
        """``key``: the Idempotency-Key, a fresh one by default, none when ``None``."""
        headers = {} if key is None else {"idempotency-key": key or str(uuid.uuid4())}
        return self.client.generic(
            "POST",
            f"/counter{path}",
            json.dumps(body).encode(),
            content_type="application/json",
            headers=headers,
        )

    def open(self, opening_float: str = "50.00", **terms: Any) -> Any:
        body = {"channel": self.channel, "terminal": "Window 1", "opening_float": opening_float}
        return self.post("/shifts/", body | terms)

    def sell(
        self, tickets: int = 2, payment: object = None, key: str | None = "", **terms: Any
    ) -> Any:
        """At once."""
        body = {
            "channel": self.channel,
            "event": self.stage.event.pk,
            "lines": [{"item": self.stage.items["Ticket"].pk, "quantity": tickets}],
            "payment": CASH if payment is None else payment,
        }
        return self.post("/sales/", body | terms, key)

    def confirm(self, booking_id: int, payment: object = None, key: str | None = "") -> Any:
        """Take the payment of a hold."""
        booking = str(Booking.objects.get(pk=booking_id).uuid)
        body = {"channel": self.channel, "booking": booking}
        return self.post("/sales/", body | {"payment": CASH if payment is None else payment}, key)

    def close(self, shift: Shift, counted: str, **terms: Any) -> Any:
        return self.post(f"/shifts/{shift.pk}/close/", {"counted": counted} | terms)

    def sold_offline(self, lease: Block, number: int, tickets: int = 1) -> dict[str, Any]:
        """A sale as a terminal notes it."""
        receipt = f"{spoken(lease.pk)}-{number}"
        item = self.stage.items["Ticket"].pk
        return {
            "client_id": f"{receipt}-a1b2c3d4",
            "receipt": receipt,
            "utc_sold_at": utc(timezone.now()),
            "event": self.stage.event.pk,
            "lines": [{"item": item, "quantity": tickets, "unit_price": "10.00"}],
            "payment": {"kind": "CASH", "tendered": "50.00"},
            "shift": self.shift.pk,
        }

    def sync(self, lease: Block, numbers: Iterable[int]) -> Any:
        """Send sales of one ticket each with these receipts of the lease."""
        sales = [self.sold_offline(lease, number) for number in numbers]
        return self.post(f"/{self.channel}/sync/", {"lease": str(lease.uuid), "sales": sales})

    @property
    def shift(self) -> Shift:
        return Shift.objects.filter(opened_by=self.user).latest("pk")


def payments_of(booking: Booking) -> list[tuple[str, str, str]]:
    """Kind, receipt without the till's number, and amount of each payment."""
    payments = Payment.objects.filter(booking=booking)
    return [(p.kind, p.receipt.rpartition("-")[2], str(p.amount)) for p in payments]


def assert_paid_whole() -> None:
    """Payments of each booking that has any add up to what it is worth."""
    differences = {}
    for booking in Booking.objects.filter(pk__in=Payment.objects.values("booking")):
        amounts = Payment.objects.filter(booking=booking).values_list("amount", flat=True)
        paid = sum(amounts, Decimal(0))
        if paid != (worth := total_of(booking.lines.all())):
            differences[str(booking)] = (paid, worth)
    assert differences == {}
