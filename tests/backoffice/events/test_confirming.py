"""A form asks before it saves what takes effect at once: the first try saves nothing, and says what would happen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from allocations.plans.release import due, release_pool
from events.models import Event, Venue
from tests.allocations.plans.specs import apply, line
from tests.backoffice.addresses import page
from tests.backoffice.kit.test_changes import errors_of, form_of
from tests.backoffice.kit.test_previews import ask
from tests.factories import Counters, Stage, make_stage, make_venue
from tests.kept import kept
from tests.proofs import assert_reconciled, nothing_changed

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@kept
def stage() -> Stage:
    return make_stage(
        venue=make_venue(time_zone="Asia/Kolkata"),
        channels=("web", "agent"),
        starts_at=in_(30 * DAY),
    )


def in_(delta: timedelta) -> datetime:
    return (timezone.now() + delta).replace(second=0, microsecond=0)


def moment(stage: Stage, field: str, at: datetime) -> dict[str, str]:
    local = at.astimezone(stage.event.venue.zone)
    return {f"{field}_0": f"{local:%Y-%m-%d}", f"{field}_1": f"{local:%H:%M:%S}"}


@contextmanager
def asks(client: Client, target: Model, changes: dict[str, Any], *said: str) -> Iterator[None]:
    """The edit is asked about in sentences with such words, and saved once it is confirmed."""
    url = page(target, "change")
    form = form_of(client, url, reason="Typed", **changes)
    with nothing_changed():
        answer = client.post(url, form)
        assert "Nothing was saved yet" in errors_of(answer)["__all__"][0]
    needed = answer.context["adminform"].form.to_confirm
    for words in said:
        assert any(words in sentence for sentence in needed.sentences), needed.sentences
    text = answer.content.decode()
    assert f'name="confirmed" value="{needed.token}"' in text
    with nothing_changed():
        assert client.post(url, form | {"confirmed": "x" * 64}).status_code == 200
    yield
    assert client.post(url, form | {"confirmed": needed.token}).status_code == 302


def test_a_date_that_would_release_an_allotment_for_good_is_asked_about(
    manager: Client, stage: Stage
) -> None:
    apply(stage, line(stage, "web", 60), line(stage, "agent", 40, release_hours=72))
    soon = in_(2.5 * DAY)  # nearer to the start it would need an approval
    with asks(
        manager,
        stage.event,
        moment(stage, "starts_at", soon),
        "GA · agent: 40 unsold units go back to the open stock at once and for good",
    ):
        assert due(timezone.now()) == []
    [pool] = due(timezone.now())
    release_pool(pool, timezone.now())
    assert stage.counters(channel="agent") == Counters(0, 0, 0, 0)
    assert_reconciled()


def test_a_date_in_the_past_and_an_end_of_sales_left_behind_are_asked_about(
    manager: Client, stage: Stage
) -> None:
    Event.objects.filter(pk=stage.event.pk).update(sales_until=in_(29 * DAY))
    with asks(
        manager,
        stage.event,
        moment(stage, "starts_at", in_(-10 * DAY)),
        "The event is over at once",
        "Sales end with the event on",
        "Sales of the event end at once",
    ):
        pass


def test_a_start_within_two_days_says_that_transfers_need_an_approval(
    manager: Client, stage: Stage
) -> None:
    with asks(
        manager,
        stage.event,
        moment(stage, "starts_at", in_(47 * HOUR)),
        "Each transfer needs an approval from now on: 48 hours before the start.",
    ):
        pass


@pytest.mark.parametrize("part", ["event", "item", "listing"])
def test_a_sales_window_that_ends_at_once_is_asked_about(
    manager: Client, stage: Stage, part: str
) -> None:
    target: Model = {
        "event": stage.event,
        "item": stage.items["Ticket"],
        "listing": stage.listing(),
    }[part]
    said = "Sales of the event end at once" if part == "event" else "is off sale at once"
    with asks(manager, target, moment(stage, "sales_until", in_(-HOUR)), said):
        pass


def test_what_carries_nothing_across_now_is_saved_without_a_question(
    manager: Client, stage: Stage
) -> None:
    apply(stage, line(stage, "web", 60), line(stage, "agent", 40, release_hours=72))
    url = page(stage.event, "change")
    later = moment(stage, "starts_at", in_(40 * DAY)) | moment(stage, "sales_from", in_(-DAY))
    assert manager.post(url, form_of(manager, url, reason="Later", **later)).status_code == 302


def test_a_time_zone_of_a_venue_is_saved_once_its_events_were_shown(
    manager: Client, stage: Stage
) -> None:
    start = stage.event.local_start
    there = f"→ {start.astimezone(Venue(time_zone='Europe/Berlin').zone):%-d %b %Y, %H:%M}"
    with asks(
        manager,
        stage.event.venue,
        {"time_zone": "Europe/Berlin"},
        "1 events keep their moments",
        there,
    ):
        pass
    stage.event.refresh_from_db()
    assert stage.event.starts_at == start


def test_a_new_event_in_the_past_is_asked_about(manager: Client, stage: Stage) -> None:
    url = page(Event, "add")
    form = form_of(manager, url, name="Old", venue=stage.event.venue_id)
    form |= moment(stage, "starts_at", in_(-40 * DAY))
    answer = manager.post(url, form)
    needed = answer.context["adminform"].form.to_confirm
    assert needed.sentences[0].startswith("The event is over already")
    assert not Event.objects.filter(name="Old").exists()
    assert manager.post(url, form | {"confirmed": needed.token}).status_code == 302


def test_dialogs_that_move_or_copy_an_event_say_what_happens_at_once(
    manager: Client, stage: Stage
) -> None:
    apply(stage, line(stage, "web", 60), line(stage, "agent", 40, release_hours=72))
    soon = in_(2 * DAY).astimezone(stage.event.venue.zone)
    typed = f"{soon:%Y-%m-%dT%H:%M}"
    body = ask(manager, stage.event, "postpone", starts_at=typed, windows="shift")
    assert "40 unsold units go back to the open stock at once and for good" in body
    copy = {"first": typed, "repeat": "once", "with_allocations": "on"}
    body = ask(manager, stage.event, "copy", **copy)
    assert "1 parts of the plan of GA get nothing" in body


def test_a_date_that_comes_nearer_over_what_was_taken_is_refused_by_the_form(
    manager: Client, stage: Stage
) -> None:
    apply(stage, line(stage, "web", 60))
    url = page(stage.event, "change")
    form = form_of(manager, url, reason="Typed", **moment(stage, "starts_at", in_(DAY)))
    with nothing_changed():
        answer = manager.post(url, form)
        if needed := answer.context["adminform"].form.to_confirm:
            answer = manager.post(url, form | {"confirmed": needed.token})
        said = errors_of(answer)["__all__"][0]
    assert said.startswith("web has lost 40 of GA less than 48 hours before the new start")
