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
from transfers.rules.candidates import STATEMENT
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


def test_sources_and_targets_are_not_compared_each_with_each() -> None:
    """Also when all rules were switched on after the planner has counted: it had taken minutes then."""
    fill(House("wide", venues=100, events=2_000, bookings=10))
    with connection.cursor() as cursor:
        cursor.execute(
            rules.FILL.read_text().replace("generate_series(1, 100)", "generate_series(1, 40)")
        )
        cursor.execute("ANALYZE")
        TransferRule.objects.update(is_active=True)
        events = list(
            Event.objects.filter(name__startswith=alerts.OF_BENCH).values_list("pk", flat=True)
        )
        cursor.execute(f"EXPLAIN {STATEMENT}", {"events": events, "now": timezone.now()})
        plan = [line for (line,) in cursor.fetchall()]
    assert len(events) == 400
    pair = plan[plan.index("  CTE pair") : plan.index("  CTE seller")]
    assert not any("Nested Loop" in step for step in pair), pair
