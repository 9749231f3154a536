"""Forms ask why, say what was refused in a person's words, and never end in a 500."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from allocations.models import Listing, Stock
from events.enums import ItemKind
from events.models import Component, Event, Item, Pool
from tests.backoffice.addresses import page
from tests.factories import Counters, Stage, counters, make_event
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db


def form_of(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send back: the values of the form and of its inlines."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            widget = bound.field.widget
            if hasattr(widget, "decompress"):
                parts = widget.decompress(value)
                sent |= {f"{bound.html_name}_{n}": part or "" for n, part in enumerate(parts)}
            elif value is not None and value is not False:
                sent[bound.html_name] = value
    return sent | changes


def errors_of(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer
    found: dict[str, Any] = answer.context["adminform"].form.errors
    return found


def test_an_edit_without_a_reason_is_refused(manager: Client, stage: Stage) -> None:
    listing = stage.listing()
    url = page(listing, "change")
    answer = manager.post(url, form_of(manager, url, price="12.50"))
    assert list(errors_of(answer)) == ["reason"]
    listing.refresh_from_db()
    assert str(listing.price) == "10.00"


def test_the_reason_and_the_person_go_into_the_history(manager: Client, stage: Stage) -> None:
    listing = stage.listing()
    url = page(listing, "change")
    answer = manager.post(url, form_of(manager, url, price="12.50", reason="Dearer from Monday"))
    assert answer.status_code == 302
    record = Listing.history.filter(id=listing.pk).latest()
    assert (str(record.price), record.history_change_reason) == ("12.50", "Dearer from Monday")
    assert record.history_user_id == int(manager.session["_auth_user_id"])
    body = manager.get(page(listing, "history")).content.decode()
    assert "Dearer from Monday" in body
    assert "12.50" in body


def test_an_old_version_cannot_be_written_back(manager: Client, stage: Stage) -> None:
    listing = stage.listing()
    version = Listing.history.filter(id=listing.pk).latest().history_id
    url = f"{page(listing, 'history')}{version}/"
    assert manager.get(url).status_code == 404
    assert manager.post(url, {"price": "1"}).status_code == 404


def test_a_constraint_speaks_a_persons_language(manager: Client, stage: Stage) -> None:
    listing = stage.listing()
    url = page(listing, "change")
    answer = manager.post(url, form_of(manager, url, price_floor="20", reason="Floor"))
    assert errors_of(answer) == {"price": ["The price lies between its floor and its ceiling."]}


def test_times_are_typed_in_the_venues_zone(manager: Client, stage: Stage) -> None:
    form = {
        "name": "Late show",
        "venue": stage.event.venue.pk,
        "starts_at_0": "2030-01-01",
        "starts_at_1": "19:00",
    }
    assert manager.post(page(Event, "add"), form).status_code == 302
    event = Event.objects.get(name="Late show")
    assert event.starts_at == datetime(2030, 1, 1, 13, 30, tzinfo=UTC)
    assert 'value="19:00:00"' in manager.get(page(event, "change")).content.decode()


def test_a_new_pool_has_its_capacity_in_the_open_stock(manager: Client, stage: Stage) -> None:
    url = f"{page(Pool, 'add')}?event={stage.event.pk}"
    form = form_of(manager, url, name="Balcony", first_capacity="250")
    answer = manager.post(url, form)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{page(stage.event, 'change')}#dataset-parts",
    )
    pool = Pool.objects.get(name="Balcony")
    assert pool.capacity == 250
    assert counters(Stock.objects.get(pool=pool)) == Counters(250, 0, 0, 0)
    assert_reconciled()


def test_two_pools_of_one_name_are_a_form_error(manager: Client, stage: Stage) -> None:
    url = f"{page(Pool, 'add')}?event={stage.event.pk}"
    with nothing_changed():
        answer = manager.post(url, form_of(manager, url, name="GA", first_capacity="5"))
        assert errors_of(answer)
    other = stage.pools["GA"]
    second = Pool.objects.create(event=stage.event, name="Second")
    url = page(second, "change")
    answer = manager.post(url, form_of(manager, url, name=other.name))
    assert errors_of(answer) == {"name": ["The event has a pool of this name already."]}


def test_an_absurd_capacity_is_a_form_error(manager: Client, stage: Stage) -> None:
    url = f"{page(Pool, 'add')}?event={stage.event.pk}"
    for capacity in ("-1", "10000001", "99999999999999", "many", ""):
        with nothing_changed():
            answer = manager.post(url, form_of(manager, url, name="X", first_capacity=capacity))
            assert errors_of(answer), capacity


def test_a_page_without_an_event_asks_for_it(manager: Client, stage: Stage) -> None:
    make_event(stage.event.venue)  # of one event alone nobody is asked
    for model in (Pool, Item, Listing):
        answer = manager.get(page(model, "add"))
        assert answer.status_code == 200
        assert "Which event is it for?" in answer.content.decode()


def test_a_new_listing_gives_its_channel_a_row_in_each_pool(manager: Client, stage: Stage) -> None:
    pool = Pool.objects.get(pk=stage.pools["GA"].pk)
    item = Item.objects.create(event=stage.event, name="Pack", kind=ItemKind.FAMILY_PACK)
    Component.objects.create(item=item, pool=pool, units=4)
    url = f"{page(Listing, 'add')}?event={stage.event.pk}"
    channel = stage.channels["agent"]
    form = form_of(manager, url, item=item.pk, channel=channel.pk, price="35", is_on="on")
    answer = manager.post(url, form)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{page(stage.event, 'change')}#dataset-listings",
    )
    assert Listing.objects.filter(item=item, channel=channel, event=stage.event).exists()
    assert Stock.objects.filter(pool=pool, channel=channel).exists()


def test_new_components_restock_the_items_listings(manager: Client, stage: Stage) -> None:
    from allocations.services import add_pool
    from common.actor import SYSTEM

    parking = add_pool(event=stage.event, name="Car park", capacity=50, by=SYSTEM)
    item = stage.items["Ticket"]
    url = page(item, "change")
    form = form_of(manager, url, reason="With parking")
    form |= {
        "components-TOTAL_FORMS": "2",
        "components-1-item": item.pk,
        "components-1-pool": parking.pk,
        "components-1-units": "1",
    }
    assert manager.post(url, form).status_code == 302
    assert Stock.objects.filter(pool=parking, channel__in=stage.channels.values()).count() == 2
    record = Component.history.filter(item_id=item.pk).latest()
    assert record.history_change_reason == "With parking"


def test_a_pool_of_another_event_is_no_component(
    manager: Client, stage: Stage, other: Stage
) -> None:
    item = stage.items["Ticket"]
    url = page(item, "change")
    form = form_of(manager, url, reason="x") | {"components-0-pool": other.pools["GA"].pk}
    answer = manager.post(url, form)
    assert answer.status_code == 200
    assert Component.objects.get(item=item).pool == stage.pools["GA"]


def test_components_are_frozen_once_sold(manager: Client, stage: Stage) -> None:
    stage.sell()
    item = stage.items["Ticket"]
    url = page(item, "change")
    (inline,) = manager.get(url).context["inline_admin_formsets"]
    assert not inline.has_change_permission
    form = form_of(manager, url, reason="x", name="Renamed") | {"components-0-units": "9"}
    assert manager.post(url, form).status_code == 302
    assert Component.objects.get(item=item).units == 1


def test_a_trigger_speaks_a_persons_language(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item is sold while its page is open: only the database knows."""
    from backoffice.kit.base import HistoryAdmin
    from backoffice.listings.item import ItemAdmin

    item = stage.items["Ticket"]
    url = page(item, "change")
    form = form_of(manager, url, reason="x") | {"components-0-units": "9"}
    stage.sell()

    def as_before(self: ItemAdmin, request: Any, obj: Any = None) -> Any:
        found = HistoryAdmin.get_inline_instances(self, request, obj)
        for inline in found:
            inline.event = stage.event
        return found

    monkeypatch.setattr(ItemAdmin, "get_inline_instances", as_before)
    answer = manager.post(url, form)
    assert errors_of(answer) == {
        "__all__": ["The item has been sold: what it consists of can no longer change."]
    }
    assert Component.objects.get(item=item).units == 1
    assert not list(answer.context["messages"])


def test_deleting_asks_why_and_refuses_what_is_in_use(manager: Client, stage: Stage) -> None:
    spare = Item.objects.create(event=stage.event, name="Spare")
    url = page(spare, "delete")
    assert manager.post(url, {"post": "yes"}).status_code == 302
    assert Item.objects.filter(pk=spare.pk).exists()
    manager.post(url, {"post": "yes", "reason": "Not needed"})
    assert not Item.objects.filter(pk=spare.pk).exists()
    record = Item.history.filter(id=spare.pk).latest()
    assert (record.history_type, record.history_change_reason) == ("-", "Not needed")

    listing, item, pool = stage.listing(), stage.items["Ticket"], stage.pools["GA"]
    stage.sell()
    for used in (listing, item, pool, stage.channels["web"], stage.event):
        assert manager.post(page(used, "delete"), {"reason": "x"}).status_code == 403, used
        assert page(used, "delete") not in manager.get(page(used, "change")).content.decode()


def test_what_sells_while_it_is_deleted_stays(
    manager: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backoffice.listings import listing as module

    monkeypatch.setattr(module, "has_sold", lambda _listing: False)
    monkeypatch.setattr(module.ListingAdmin, "get_deleted_objects", lambda *_: ([], {}, set(), []))
    stage.sell()
    listing = stage.listing()
    answer = manager.post(page(listing, "delete"), {"post": "yes", "reason": "x"}, follow=True)
    assert answer.status_code == 200
    assert Listing.objects.filter(pk=listing.pk).exists()


@pytest.mark.parametrize("reason", ["a\x00b", "x" * 301])
def test_a_reason_that_cannot_be_kept_deletes_nothing(
    manager: Client, stage: Stage, reason: str
) -> None:
    listing = stage.listing()
    answer = manager.post(page(listing, "delete"), {"post": "yes", "reason": reason})
    assert answer.status_code == 302
    assert Listing.objects.filter(pk=listing.pk).exists()


def test_a_new_listing_shows_no_limit_where_none_can_be_typed(
    manager: Client, stage: Stage
) -> None:
    answer = manager.get(f"{page(Listing, 'add')}?event={stage.event.pk}")
    assert "No limit" not in answer.content.decode()
    assert "No limit" in manager.get(page(stage.listing(), "change")).content.decode()
