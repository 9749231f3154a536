"""Whoever changes or deletes set-up has its event first: then nobody waits for somebody who waits for him."""

from collections.abc import Callable
from threading import Event as Signal
from typing import Any

import pytest
from django.contrib import admin
from django.db import OperationalError, models, transaction

from allocations.models import Listing, SalesChannel
from allocations.services import lock_event
from common.patience import wait_briefly
from events.models import Event, Item, PartOfEvent, Venue
from tests.concurrency.race import await_event, errors_of, race, wait_until, waiting_for_locks
from tests.factories import Stage, make_event, make_item, make_stage, make_venue
from transfers.models import EventWatch


def prepared(stage: Stage) -> dict[str, models.Model]:
    item = make_item(stage.event, "Spare", {stage.pools["GA"]: 1})
    return {
        "listing": stage.listing(),
        "component": item.components.get(),
        "item": make_item(stage.event, "Another", {}),
        "channel": stage.channels["web"],
        "venue": stage.event.venue,
    }


def meet(event: Event, row: models.Model, write: Callable[[], object]) -> list[Exception]:
    """Errors where ``write`` meets one who has the event already and now comes to the row."""
    locked = Signal()

    def imports() -> None:
        with transaction.atomic():
            lock_event(event.pk)
            locked.set()
            wait_until(lambda: waiting_for_locks() == 1)
            wait_briefly()  # less than a deadlock needs to be found
            list(type(row)._default_manager.select_for_update(no_key=True).filter(pk=row.pk))

    def writes() -> None:
        await_event(locked)
        write()

    return errors_of(race([imports, writes]))


DELETED = ("listing", "component", "item")


@pytest.mark.parametrize("kind", DELETED)
def test_a_part_is_deleted_with_its_event_locked_first(kind: str) -> None:
    stage = make_stage()
    row = prepared(stage)[kind]
    assert meet(stage.event, row, row.delete) == []
    assert not type(row)._default_manager.filter(pk=row.pk).exists()


def test_control_a_part_that_is_deleted_without_its_event_is_in_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = make_stage()
    listing = stage.listing()
    monkeypatch.setattr(PartOfEvent, "delete", models.Model.delete)
    (error,) = meet(stage.event, listing, listing.delete)
    assert isinstance(error, OperationalError)


@pytest.mark.parametrize("kind", ["channel", "venue"])
def test_what_concerns_many_events_is_saved_with_them_locked_first(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    row: Any = prepared(stage)[kind]
    row.name = "Another name"
    assert meet(stage.event, row, row.save) == []
    monkeypatch.setattr(type(row), "lock_its_events", lambda _row: None)  # the control
    row.name = "A third name"
    (error,) = meet(stage.event, row, row.save)
    assert isinstance(error, OperationalError)


@pytest.mark.parametrize("model", [SalesChannel, Venue, Item, Listing])
def test_a_form_locks_the_event_before_what_it_edits(model: type[models.Model]) -> None:
    stage = make_stage()
    row = model._default_manager.first()
    assert row is not None
    form: Any = admin.site.get_model_admin(model)

    def edit() -> None:
        with transaction.atomic():
            form.lock(row)

    assert meet(stage.event, row, edit) == []


def test_an_event_goes_with_its_own_row_locked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = make_venue()

    def delete() -> list[Exception]:
        event = make_event(venue)
        return meet(event, EventWatch.objects.create(event=event), event.delete)

    assert delete() == []
    assert not Event.objects.exists()
    monkeypatch.setattr(Event, "delete", models.Model.delete)  # the control
    (error,) = delete()
    assert isinstance(error, OperationalError)
