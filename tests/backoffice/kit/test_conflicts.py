"""Whoever saves an older page is told what others changed, and overwrites nothing of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from allocations.enums import ChannelKind, ChannelPlace
from common.history import save_because
from events.enums import EventStatus
from events.models import Component, Event
from tests.backoffice.addresses import page
from tests.backoffice.conftest import SignIn, person
from tests.backoffice.kit.test_changes import errors_of, form_of
from tests.backoffice.test_actions import act, assert_done
from tests.factories import Stage, make_user

pytestmark = pytest.mark.django_db


def refusal_of(answer: Any) -> str:
    return " ".join(errors_of(answer)["__all__"])


def test_an_older_page_lifts_no_stop(manager: Client, stage: Stage, sign_in: SignIn) -> None:
    listing = stage.listing()
    url = page(listing, "change")
    older = form_of(manager, url, price="12.50", reason="Dearer")
    colleague = person(Role.VENUE_MANAGER, stage)
    other = sign_in(colleague)
    assert_done(act(other, listing, "stop", reason="Fire alarm"))

    answer = manager.post(url, older)

    refusal = refusal_of(answer)
    assert refusal.startswith(f"{colleague} changed this meanwhile: stop-sell reason, ")
    assert refusal.endswith("Open the page again and repeat your change.")
    assert 'value="12.50"' in answer.content.decode()  # what was typed stays
    listing.refresh_from_db()
    assert (str(listing.price), listing.stop_reason) == ("10.00", "Fire alarm")

    assert manager.post(url, older).status_code == 200  # and the same page again
    fresh = form_of(manager, url, price="12.50", reason="Dearer")
    assert manager.post(url, fresh).status_code == 302
    listing.refresh_from_db()
    assert (str(listing.price), listing.stop_reason) == ("12.50", "Fire alarm")


def test_a_page_that_says_nothing_of_its_state_saves_nothing(manager: Client, stage: Stage) -> None:
    listing = stage.listing()
    url = page(listing, "change")
    for state in ("", "x", "-1", "1-1", "0"):
        form = form_of(manager, url, price="12.50", reason="x", opened_state=state)
        assert "Nothing was saved." in refusal_of(manager.post(url, form)), state
    listing.refresh_from_db()
    assert str(listing.price) == "10.00"


def test_an_older_page_of_an_event_changes_nothing_after_it_was_paused(
    manager: Client, stage: Stage
) -> None:
    url = page(stage.event, "change")
    older = form_of(manager, url, name="Renamed", reason="Name")
    assert_done(act(manager, stage.event, "pause"))
    assert "meanwhile: status, " in refusal_of(manager.post(url, older))
    stage.event.refresh_from_db()
    assert stage.event.status == EventStatus.PAUSED


def test_only_what_was_changed_is_written(manager: Client, stage: Stage) -> None:
    """A column that leaves no history is not written from the page's copy either."""
    url = page(stage.event, "change")
    form = form_of(manager, url, name="Renamed", reason="Name")
    Event.objects.filter(pk=stage.event.pk).update(status=EventStatus.PAUSED, sales_until=None)
    updates = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "events_event"'):
            updates.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert manager.post(url, form).status_code == 302
    (update,) = updates
    assert '"name"' in update
    assert '"status"' not in update
    assert '"config_version"' not in update
    stage.event.refresh_from_db()
    assert (stage.event.name, stage.event.status) == ("Renamed", EventStatus.PAUSED)
    record = Event.history.filter(id=stage.event.pk).latest()
    assert (record.name, record.history_change_reason) == ("Renamed", "Name")


def test_components_changed_meanwhile_are_not_changed_back(manager: Client, stage: Stage) -> None:
    item = stage.items["Ticket"]
    url = page(item, "change")
    older = form_of(manager, url, name="Renamed", reason="Name")
    component = Component.objects.get(item=item)
    component.units = 2
    save_because(component, "Two each")
    assert "meanwhile: units, " in refusal_of(manager.post(url, older))
    component.refresh_from_db()
    assert component.units == 2


def test_the_kind_of_a_channel_follows_its_place(manager: Client, stage: Stage) -> None:
    channel = stage.channels["web"]
    url = page(channel, "change")
    form = form_of(manager, url, place=ChannelPlace.MARKETPLACE, reason="Sold")
    assert manager.post(url, form).status_code == 302
    channel.refresh_from_db()
    assert (channel.place, channel.kind) == (ChannelPlace.MARKETPLACE, ChannelKind.THIRD_PARTY)


def test_a_sign_in_meanwhile_is_no_conflict(superuser: Client) -> None:
    user = make_user(name="Asha", password="secret")
    url = page(user, "change")
    form = form_of(superuser, url, name="Asha Rao", reason="Married")
    Client().force_login(user)
    assert user.history.count() > 1
    assert superuser.post(url, form).status_code == 302
    assert User.objects.get(pk=user.pk).name == "Asha Rao"
