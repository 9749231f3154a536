"""Ten people run the go-live checklist of an event at the same moment."""

from functools import partial

from django.utils import timezone

from golive.errors import RunsAlreadyError
from golive.models import ChecklistRun
from golive.services import ask_for_run
from tests.concurrency.race import errors_of, race
from tests.factories import make_stage, make_user


def test_one_starts_it_and_the_others_are_told() -> None:
    stage = make_stage()
    people = [make_user() for _ in range(10)]

    now = timezone.now()
    outcomes = race(
        [partial(ask_for_run, event=stage.event, by=person, now=now) for person in people]
    )
    assert errors_of(outcomes, RunsAlreadyError) == []
    [started] = [outcome.value for outcome in outcomes if outcome.value is not None]
    assert ChecklistRun.objects.get() == started
