"""A venue's currency stays as soon as something there has a price in it."""

from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from allocations import services
from allocations.models import Listing
from events.models import Item, Venue
from tests.backoffice.addresses import page
from tests.concurrency.race import (
    await_event,
    changed_function,
    errors_of,
    race,
    wait_until,
    waiting_for_locks,
)
from tests.factories import make_channel, make_event, make_stage, make_user, make_venue
from tests.kept import kept
from tests.proofs import violates

STAYS = "There are prices in this currency, and so it stays."


@kept
def superuser(db: None) -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def form_of(client: Client, url: str, **changes: str) -> dict[str, Any]:
    """What a browser would send back, with the changes."""
    form = client.get(url).context["adminform"].form
    return {bound.html_name: bound.value() or "" for bound in form} | {"reason": "test"} | changes


def currency_of(venue: Venue) -> str:
    return Venue.objects.values_list("currency", flat=True).get(pk=venue.pk)


@pytest.mark.django_db
def test_the_currency_of_a_venue_with_a_listing_stays() -> None:
    venue = make_stage().event.venue
    with violates("venue_currency_stays_once_priced"):
        Venue.objects.filter(pk=venue.pk).update(currency="EUR")
    venue.name, venue.currency = "Arena", "EUR"
    with pytest.raises(ValidationError) as refused:
        venue.full_clean()
    assert refused.value.message_dict == {"currency": [STAYS]}
    venue.currency = "INR"
    venue.full_clean()
    venue.save()


@pytest.mark.django_db
def test_the_currency_of_a_venue_without_listings_may_change() -> None:
    make_stage()
    event = make_event(make_venue())
    event.venue.currency = "EUR"
    event.venue.full_clean()
    event.venue.save()
    before = event.config_version
    event.refresh_from_db()
    assert event.config_version > before
    Venue(name="New", slug="new", currency="EUR").full_clean()


def test_the_form_offers_the_currency_until_there_is_a_price(superuser: Client) -> None:
    for venue, offered in ((make_venue(), True), (make_stage().event.venue, False)):
        url = page(venue, "change")
        fields = superuser.get(url).context["adminform"].form.fields
        assert ("currency" in fields) == offered
        answer = superuser.post(url, form_of(superuser, url, city="Pune", currency="EUR"))
        assert answer.status_code == 302
        venue.refresh_from_db()
        assert (venue.city, venue.currency) == ("Pune", "EUR" if offered else "INR")


def test_a_price_that_came_between_is_told_at_the_currency(
    superuser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = make_stage().event.venue
    monkeypatch.setattr(Venue, "is_priced", False)
    url = page(venue, "change")
    answer = superuser.post(url, form_of(superuser, url, currency="EUR"))
    assert answer.context["adminform"].form.errors == {"currency": [STAYS]}
    assert currency_of(venue) == "INR"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("waits", [True, False])
def test_a_new_currency_waits_for_a_listing_that_is_being_made(waits: bool) -> None:
    event = make_event()
    item = Item.objects.create(event=event, name="Ticket")
    channel = make_channel(event.venue)
    listed = Event()

    def offer() -> None:
        with transaction.atomic():
            services.list_item(item=item, channel=channel, price=Decimal(10))
            listed.set()
            wait_until(lambda: waiting_for_locks() == 1)

    def change() -> None:
        await_event(listed)
        Venue.objects.filter(pk=event.venue_id).update(currency="EUR")

    if waits:
        offered, changed = race([offer, change])
        assert errors_of([offered, changed], IntegrityError) == []
        assert isinstance(changed.error, IntegrityError)
    else:
        lock = "PERFORM FROM events_event WHERE venue_id = NEW.id ORDER BY id FOR NO KEY UPDATE;"
        with changed_function("allocations_currency_stays", lock, ""):
            assert errors_of(race([offer, change])) == []
    assert Listing.objects.count() == 1
    assert currency_of(event.venue) == ("INR" if waits else "EUR")
