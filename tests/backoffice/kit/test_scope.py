"""A person sees the venues given to them; another's number looks like one that does not exist."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from alerts.models import Alert, Delivery
from allocations.models import Kill, Movement, Stock
from events.models import Event, Pool, Venue
from offline.models import Conflict, SalesFile, Sync
from partners.models import ApiKey
from sales.models import Block, Booking, NamedHold
from sales.selectors import may_read_contact
from tests.backoffice.addresses import objects_of, page
from tests.backoffice.conftest import SignIn, person
from tests.factories import Stage
from transfers.models import ChangeRequest, Transfer

pytestmark = pytest.mark.django_db

NEVER_DELETED = {
    Venue,
    Pool,
    Stock,
    Movement,
    Kill,
    Booking,
    ApiKey,
    Transfer,
    ChangeRequest,
    Alert,
    Delivery,
    Block,
    NamedHold,
    Sync,
    SalesFile,
    Conflict,
}


def actions_of(model_admin: Any) -> list[str]:
    return [action.action_name for action in model_admin._get_base_actions_detail()]


def test_every_address_of_another_venues_object_answers_404(manager: Client, other: Stage) -> None:
    for one in objects_of(other):
        model_admin = admin.site.get_model_admin(type(one))
        for verb in ("change", "history", "delete"):
            # Where nothing may be deleted at all, there is nothing to tell apart.
            expected = 403 if verb == "delete" and type(one) in NEVER_DELETED else 404
            assert manager.get(page(one, verb)).status_code == expected, (one, verb)
        for name in actions_of(model_admin):
            url = reverse(f"admin:{name}", args=(one.pk,))
            assert manager.get(url).status_code == 404, url
            assert manager.post(url, {"reason": "x"}).status_code == 404, url


def test_a_number_that_does_not_exist_answers_404_like_another_venues(manager: Client) -> None:
    for number in ("0", "999999", "99999999999999999999", "x", "1/2"):
        for verb in ("change", "history", "delete", "publish"):
            url = f"/admin/events/event/{number}/{verb}/"
            assert manager.get(url).status_code == 404, url


def test_lists_and_choices_show_only_own_venues(
    manager: Client, stage: Stage, other: Stage
) -> None:
    body = manager.get(page(Event, "changelist")).content.decode()
    assert stage.event.name in body
    assert other.event.name not in body
    assert other.event.venue.name not in body
    add = manager.get(page(Event, "add")).content.decode()
    assert other.event.venue.name not in add


def test_filters_name_nothing_of_another_venue(manager: Client, other: Stage) -> None:
    url = f"{page(Pool, 'changelist')}?event__id__exact={other.event.pk}"
    body = manager.get(url).content.decode()
    assert other.event.name not in body


def test_autocomplete_finds_only_own_venues(manager: Client, stage: Stage, other: Stage) -> None:
    url = reverse("admin:autocomplete")
    asked = {"app_label": "events", "model_name": "pool", "field_name": "event", "term": "Event"}
    found = {row["id"] for row in manager.get(url, asked).json()["results"]}
    assert found == {str(stage.event.pk)}


def test_another_venue_cannot_be_chosen(manager: Client, other: Stage) -> None:
    form = {
        "name": "Smuggled",
        "venue": other.event.venue.pk,
        "starts_at_0": "2030-01-01",
        "starts_at_1": "19:00",
    }
    answer = manager.post(page(Event, "add"), form)
    assert answer.status_code == 200
    assert "venue" in answer.context["adminform"].form.errors
    assert not Event.objects.filter(name="Smuggled").exists()


def test_nothing_is_added_to_another_venues_event(manager: Client, other: Stage) -> None:
    url = f"{page(Pool, 'add')}?event={other.event.pk}"
    form = {"event": other.event.pk, "name": "Smuggled", "first_capacity": 5, "position": 0}
    assert manager.get(url).status_code == 404
    assert manager.post(page(Pool, "add"), form).status_code == 404
    assert not Pool.objects.filter(name="Smuggled").exists()


def test_who_works_for_no_venue_sees_nothing(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(Role.VENUE_MANAGER))
    assert stage.event.name not in client.get(page(Event, "changelist")).content.decode()
    assert client.get(page(stage.event, "change")).status_code == 404


# Pages that an auditor reads, too; what he may not do on one of them is refused there.
READ_BY_ALL = {"board", "timeline", "words", "versions", "configuration"}


def test_an_auditor_reads_and_changes_nothing(stage: Stage, sign_in: SignIn) -> None:
    client = sign_in(person(Role.AUDITOR, stage))
    for one in objects_of(stage):
        assert client.get(page(one, "change")).status_code == 200, one
        assert client.post(page(one, "change"), {"reason": "x"}).status_code == 403, one
        assert client.get(page(one, "delete")).status_code == 403, one
    for model_admin in (admin.site.get_model_admin(Pool), admin.site.get_model_admin(Event)):
        target = stage.pools["GA"] if model_admin.model is Pool else stage.event
        body = client.get(page(target, "change")).content.decode()
        for name in actions_of(model_admin):
            url = reverse(f"admin:{name}", args=(target.pk,))
            if name.rpartition("_")[2] in READ_BY_ALL:
                continue
            assert client.post(url, {"reason": "x"}).status_code == 403, url
            assert url not in body


def test_a_contact_is_shown_to_who_sells_and_not_to_who_audits(
    stage: Stage, sign_in: SignIn
) -> None:
    booking = Booking.objects.get(pk=stage.hold(contact={"name": "Asha Rao"}))
    seller = sign_in(person(Role.BOX_OFFICE, stage))
    auditor = sign_in(person(Role.AUDITOR, stage))
    assert "Asha Rao" in seller.get(page(booking, "change")).content.decode()
    assert "Asha Rao" not in auditor.get(page(booking, "change")).content.decode()


@pytest.mark.parametrize("role", Role)
def test_those_who_sell_or_refund_may_read_a_contact(role: Role, stage: Stage) -> None:
    may = role in {Role.VENUE_MANAGER, Role.BOX_OFFICE, Role.FINANCE}
    assert may_read_contact(person(role, stage)) == may


def test_nobody_may_read_a_contact_without_signing_in() -> None:
    assert not may_read_contact(AnonymousUser())


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Booking, "contact__name__startswith=A"),
        (Booking, "contact__isnull=0"),
        (Booking, "contact=1"),
        (ApiKey, "digest__startswith=a"),
        (ApiKey, "digest=a"),
    ],
)
def test_no_address_asks_what_a_page_does_not_show(
    superuser: Client, model: type[Model], query: str
) -> None:
    assert superuser.get(page(model, "changelist")).status_code == 200
    assert superuser.get(f"{page(model, 'changelist')}?{query}").status_code == 400
