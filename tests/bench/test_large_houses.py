"""What bench/ fills its database with fits the tables of today: nobody notices otherwise before the next run."""

import pytest
from django.db import connection
from django.utils import timezone

from bench import alerts, rules
from bench.pages import House, fill
from events.enums import EventStatus
from events.models import Event
from sales.models import Booking
from tests.proofs import assert_reconciled
from transfers.models import TransferRule
from transfers.rules.evaluation import evaluate

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_house_is_filled_and_adds_up() -> None:
    fill(House("small", venues=2, events=6, bookings=40))
    assert (Event.objects.count(), Booking.objects.count()) == (6, 40)
    assert_reconciled()


def test_rules_and_alerts_have_what_they_look_at() -> None:
    """With two events a venue in place of a hundred."""
    with connection.cursor() as cursor:
        for path in (rules.FILL, alerts.FILL):
            cursor.execute(
                path.read_text().replace("generate_series(1, 100)", "generate_series(1, 2)")
            )
    assert Event.objects.filter(name__startswith=alerts.OF_BENCH).count() == 20
    TransferRule.objects.update(is_active=True)
    Event.objects.update(status=EventStatus.ON_SALE)
    assert len(evaluate(timezone.now())) == 20
