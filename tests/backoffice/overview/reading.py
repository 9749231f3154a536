"""What the tests of the first page share: the page as a person reads it, and sales of the day before."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from backoffice.overview.dashboard import Dashboard
from sales.models import Booking

INDEX = "/admin/"


def page(client: Client, query: str = "") -> Dashboard:
    answer = client.get(INDEX + query)
    assert answer.status_code == 200
    found: Dashboard = answer.context["dashboard"]
    return found


def a_day_ago(*bookings: int) -> None:
    Booking.objects.filter(pk__in=bookings).update(
        confirmed_at=timezone.now() - timedelta(days=1, minutes=1)
    )


def id_of(answer: Any) -> int:
    return int(answer.booking_id)
