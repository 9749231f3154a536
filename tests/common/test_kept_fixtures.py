"""Fixtures that stay from one test to the next: seen by who asks for them alone, and always as they were made."""

import pytest

from events.models import Event, Venue
from tests.factories import Stage, make_stage
from tests.kept import kept

pytestmark = pytest.mark.django_db

made: list[int] = []


@kept
def stage() -> Stage:
    found = make_stage()
    made.append(found.event.pk)
    return found


@kept
def venue(stage: Stage) -> Venue:
    return stage.event.venue


@pytest.mark.parametrize("time", [1, 2, 3])
def test_each_test_finds_the_rows_as_they_were_made(stage: Stage, time: int) -> None:
    assert stage.event.name != "Changed"
    assert Event.objects.get() == stage.event
    assert stage.counters().sold == 0
    stage.sell([("Ticket", time)])
    assert stage.counters().sold == time
    stage.event.name = "Changed"
    stage.event.save()
    assert made == [stage.event.pk]


def test_what_two_fixtures_share_is_one_object(stage: Stage, venue: Venue) -> None:
    assert venue is stage.event.venue


def test_who_does_not_ask_does_not_see() -> None:
    assert not Venue.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_commits_has_it_made_anew(stage: Stage) -> None:
    assert Event.objects.get() == stage.event
    # Nobody else finds this one, neither before nor afterwards.
    assert made.pop() == stage.event.pk
