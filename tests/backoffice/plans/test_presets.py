"""What has one answer only is not asked: it stands in the form of a new object."""

import pytest
from django.test import Client

from allocations.models import Listing, SalesChannel
from events.models import Component, Event, Item, Pool, Series
from tests.backoffice.addresses import page
from tests.factories import Stage, make_event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Series, Event, SalesChannel])
def test_the_only_venue_stands_in_each_form_that_asks_for_one(
    model: type[Series | Event | SalesChannel], stage: Stage, superuser: Client
) -> None:
    form = superuser.get(page(model, "add")).context["adminform"].form
    assert form["venue"].value() == stage.event.venue.pk


def test_of_several_venues_none_is_guessed(stage: Stage, other: Stage, superuser: Client) -> None:
    form = superuser.get(page(Event, "add")).context["adminform"].form
    assert form["venue"].value() is None


@pytest.mark.parametrize("model", [Pool, Item, Listing])
def test_the_only_event_is_not_asked_for(
    model: type[Pool | Item | Listing], stage: Stage, superuser: Client
) -> None:
    assert f"For {stage.event}." in superuser.get(page(model, "add")).content.decode()
    make_event(stage.event.venue)
    assert "Which event is it for?" in superuser.get(page(model, "add")).content.decode()


def test_an_item_takes_the_only_pool_without_a_choice(stage: Stage, superuser: Client) -> None:
    address = f"{page(Item, 'add')}?event={stage.event.pk}"
    opened = superuser.get(address).context["inline_admin_formsets"][0].formset
    assert opened.forms[0]["pool"].value() == stage.pools["GA"].pk
    form = {
        "event": stage.event.pk,
        "name": "Child",
        "kind": "STANDALONE",
        "unit_type": "CHILD",
        "position": "0",
        "min_per_booking": "1",
        "components-TOTAL_FORMS": "1",
        "components-INITIAL_FORMS": "0",
        "components-0-pool": stage.pools["GA"].pk,
        "components-0-units": "1",
    }
    assert superuser.post(address, form).status_code == 302
    made = Component.objects.get(item__name="Child")
    assert (made.pool, made.units) == (stage.pools["GA"], 1)
