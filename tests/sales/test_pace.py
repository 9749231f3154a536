"""What channels sold day by day, of as many pools as a page shows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.actor import SYSTEM
from sales import services as sales
from sales.models import Booking
from sales.selectors import units_sold_by_day
from tests.factories import Stage, id_of, make_stage

pytestmark = pytest.mark.django_db


def sold(stage: Stage, tickets: int, hours: float, channel: str = "web") -> int:
    """A sale so many hours ago."""
    booking = id_of(stage.sell([("Pack", tickets)], channel))
    at = timezone.now() - timedelta(hours=hours)
    Booking.objects.filter(pk=booking).update(confirmed_at=at)
    return booking


def test_units_are_told_by_spans_of_24_hours_back_from_now_in_one_statement() -> None:
    stages = [make_stage(channels=("web", "hotel"), items={"Pack": {"GA": 2}}) for _ in range(2)]
    first, second = stages
    sold(first, 3, 1)
    sold(first, 1, 23.9)
    sold(first, 2, 24.1)
    sold(first, 9, 72.1)  # longer ago than is asked
    sold(second, 5, 71.9)
    given_back = sold(second, 4, 1)
    sales.cancel(given_back, by=SYSTEM, reason="ill")
    first.hold([("Pack", 1)])
    pools = [stage.pools["GA"].pk for stage in stages]
    with CaptureQueriesContext(connection) as asked:
        found = units_sold_by_day(pools, timezone.now(), 3)
    assert len(asked) == 1
    assert found == {
        (pools[0], first.channels["web"].pk): [0, 4, 8],
        (pools[1], second.channels["web"].pk): [10, 0, 0],
    }
