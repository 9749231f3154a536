"""Addresses of the admin, and every object of an event that has a page there."""

from django.db.models import Model
from django.urls import reverse

from allocations.models import Movement
from common.actor import SYSTEM
from events.models import Series
from partners.services import issue_key
from sales.models import Booking
from tests.factories import Stage


def page(target: Model | type[Model], verb: str) -> str:
    """The address of a list, or of an object's page."""
    opts = target._meta
    args = (target.pk,) if isinstance(target, Model) else ()
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{verb}", args=args)


def objects_of(stage: Stage) -> list[Model]:
    """One of each model that has pages, with a booking among them."""
    booking = Booking.objects.get(pk=stage.hold())
    key = issue_key(
        channel=stage.channels["web"], name="shop", scopes=["read"], by=SYSTEM, reason="test"
    ).key
    series = Series.objects.create(venue=stage.event.venue, name=f"Series {stage.event.pk}")
    return [
        stage.event.venue,
        series,
        stage.event,
        stage.pools["GA"],
        stage.items["Ticket"],
        stage.channels["web"],
        stage.listing(),
        stage.row(),
        Movement.objects.filter(stock=stage.row()).latest("pk"),
        booking,
        key,
    ]
