"""What is on account is due; what was paid at the counter is not, whatever the counter's settlement days."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from allocations.models import SalesChannel
from boxoffice.models import Payment
from common.actor import SYSTEM
from offline import resolving
from offline.models import Conflict
from sales import services as sales
from sales.models import Booking
from sales.payments import mark_paid
from tests.boxoffice.counter.desks import Desk
from tests.factories import Stage
from tests.offline.selling import take_lease
from tests.proofs import execute

pytestmark = pytest.mark.django_db

CASH = {"kind": "CASH"}
OWED = {"kind": "ON_ACCOUNT", "reference": "School of Pune"}


def settle_after(stage: Stage, days: int) -> None:
    channel = SalesChannel.objects.get(pk=stage.channels["desk"].pk)
    channel.settlement_days = days
    channel.save()


def days_until_due(booking: Booking) -> int | None:
    """From the sale on, on the venue's calendar; ``None`` where it is not due."""
    booking.refresh_from_db()
    assert booking.confirmed_at is not None
    sold_on = booking.confirmed_at.astimezone(booking.event.venue.zone).date()
    return None if booking.due_on is None else (booking.due_on - sold_on).days


def sold(answer: Any) -> Booking:
    """The booking of an answer that says when it is due as the booking itself does."""
    assert answer.status_code == 201, answer.content
    said = answer.json()["booking"]
    booking = Booking.objects.get(uuid=said["id"])
    due_on = booking.due_on.isoformat() if booking.due_on else None
    assert said["payment_due_on"] == due_on
    return booking


@pytest.mark.parametrize(
    ("settlement_days", "payment", "days"),
    [(0, CASH, None), (7, CASH, None), (7, {"kind": "CARD"}, None), (0, OWED, 0), (7, OWED, 7)],
)
def test_the_payment_of_a_sale_says_when_it_is_due(
    open_desk: Desk,
    house: Stage,
    settlement_days: int,
    payment: dict[str, str],
    days: int | None,
) -> None:
    settle_after(house, settlement_days)
    hold = house.hold(channel="desk")
    for answer in (open_desk.sell(1, payment), open_desk.confirm(hold, payment)):
        assert days_until_due(sold(answer)) == days


def test_what_is_given_away_or_free_is_never_due(house: Stage, manager: User) -> None:
    settle_after(house, 7)
    boss = Desk(house, manager)
    boss.open()
    gift = {"kind": "COMPLIMENTARY", "reason": "Sponsor"}
    assert days_until_due(sold(boss.sell(1, gift))) is None
    house.event.listings.update(price=0)
    assert days_until_due(sold(boss.sell(1, OWED))) is None


def test_a_change_on_account_is_due_and_not_once_it_is_taken_off(
    open_desk: Desk, house: Stage
) -> None:
    booking = sold(open_desk.sell(1, CASH))
    same = {"channel": open_desk.channel, "booking": str(booking.uuid)}
    item = house.items["Ticket"].pk
    more = {"payment": OWED, "add": [{"item": item, "quantity": 1}]}
    assert days_until_due(sold(open_desk.post("/changes/", same | more))) == 0
    back = {"kind": "ON_ACCOUNT", "reason": "ill", "lines": [{"line": 2, "quantity": 1}]}
    assert days_until_due(sold(open_desk.post("/refunds/", same | back))) is None


def test_a_part_that_is_refunded_leaves_the_rest_due(open_desk: Desk, house: Stage) -> None:
    settle_after(house, 7)
    booking = sold(open_desk.sell(2, OWED))
    settle_after(house, 30)
    back = {"kind": "ON_ACCOUNT", "reason": "ill", "lines": [{"line": 1, "quantity": 1}]}
    same = {"channel": open_desk.channel, "booking": str(booking.uuid)}
    assert days_until_due(sold(open_desk.post("/refunds/", same | back))) == 7


def test_what_is_on_account_is_marked_as_paid_and_keeps_its_date(open_desk: Desk) -> None:
    booking = sold(open_desk.sell(1, OWED))
    mark_paid(booking_ids=[booking.pk], by=SYSTEM, reason="transfer", now=timezone.now())
    back = {"kind": "ON_ACCOUNT", "reason": "ill"}
    same = {"channel": open_desk.channel, "booking": str(booking.uuid)}
    assert days_until_due(sold(open_desk.post("/refunds/", same | back))) == 0


def test_a_sale_that_was_made_offline_is_due_by_its_payment(open_desk: Desk, house: Stage) -> None:
    lease = take_lease(house, (("Ticket", 5),), channel="desk")
    sent = [
        open_desk.sold_offline(lease, number) | {"payment": payment}
        for number, payment in enumerate((CASH, OWED), start=1)
    ]
    settle_after(house, 7)
    body = {"lease": str(lease.uuid), "sales": sent}
    assert open_desk.post(f"/{open_desk.channel}/sync/", body).status_code == 200
    payments = Payment.objects.order_by("pk").select_related("booking")
    due = [days_until_due(payment.booking) for payment in payments if payment.booking]
    assert due == [None, 7]


@pytest.mark.parametrize(("payment", "days"), [(CASH, None), (OWED, 0)])
def test_a_conflict_that_is_booked_later_is_due_by_its_payment(
    open_desk: Desk, house: Stage, payment: dict[str, str], days: int | None
) -> None:
    settle_after(house, 7 if days is None else 0)
    lease = take_lease(house, (("Ticket", 5),), channel="desk")
    house.sell((("Ticket", 95),), channel="desk")
    sale = open_desk.sold_offline(lease, 1, 7) | {"payment": payment}
    body = {"lease": str(lease.uuid), "sales": [sale]}
    open_desk.post(f"/{open_desk.channel}/sync/", body)
    first = Booking.objects.get(lines__quantity=95)
    sales.cancel(first.pk, by=SYSTEM, reason="ill", lines={1: 10})
    booking = resolving.book(Conflict.objects.get().pk, by=SYSTEM, reason="room again")
    execute("SET CONSTRAINTS boxoffice_booked_later IMMEDIATE")
    assert days_until_due(booking) == days
