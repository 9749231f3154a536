"""An hour that the clocks skip or show twice is refused by each way in, with what to write instead."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.db.models import DateTimeField
from django.test import Client, RequestFactory
from django.utils import timezone

from backoffice.events.dates import ONCE
from backoffice.kit.filters import _moment
from backoffice.kit.form_fields import Moment, SplitMoment
from events.models import Event
from tests.backoffice.addresses import page
from tests.backoffice.kit.test_changes import errors_of, form_of
from tests.backoffice.test_actions import act, assert_refused
from tests.factories import Stage, make_stage, make_user
from tests.kept import kept
from tests.proofs import nothing_changed

pytestmark = pytest.mark.django_db

TWICE = (
    "The clocks show this time twice, as all from 02:00 to 03:00. Type a time before 02:00, or from "
    "03:00 on."
)
SKIPPED = "The clocks skip this time: they go from 02:00 to 03:00. Type a time before 02:00, or from 03:00 on."
SECOND = datetime(2090, 10, 29, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, after the clocks went back


@kept
def stage(db: None) -> Stage:
    stage = make_stage(starts_at=SECOND)
    stage.event.venue.time_zone = "Europe/Berlin"
    stage.event.venue.save()
    return stage


@pytest.mark.parametrize(
    ("day", "message"), [("2090-10-29", TWICE), ("2090-03-26", SKIPPED)], ids=["twice", "skipped"]
)
def test_the_form_of_a_model_says_what_to_type_instead(
    day: str, message: str, manager: Client, stage: Stage
) -> None:
    typed = {"sales_from_0": day, "sales_from_1": "02:15", "reason": "Later"}
    url = page(stage.event, "change")
    with nothing_changed():
        answer = manager.post(url, form_of(manager, url, **typed))
    assert errors_of(answer) == {"sales_from": [message]}


def test_what_is_stored_in_such_an_hour_stays_when_something_else_is_edited(
    manager: Client, stage: Stage
) -> None:
    url = page(stage.event, "change")
    shown = manager.get(url).content.decode()
    assert 'value="02:30:00"' in shown
    typed = {"starts_at_0": "2090-10-29", "starts_at_1": "02:30:00"}
    form = form_of(manager, url, name="Late", reason="Name", **typed)
    assert manager.post(url, form).status_code == 302
    assert Event.objects.values_list("name", "starts_at").get() == ("Late", SECOND)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"further": "2090-10-29 02:30"}, f"Line 1, “2090-10-29 02:30”: {TWICE}"),
        ({"further": "2090-03-26 02:30"}, f"Line 1, “2090-03-26 02:30”: {SKIPPED}"),
        ({"repeat": "daily", "times": "5"}, f"2090-03-26 02:30: {SKIPPED}"),
        ({"first": "2090-10-29T02:30"}, TWICE),
    ],
    ids=["further twice", "further skipped", "repeated", "first"],
)
def test_copies_of_an_event_begin_at_a_moment_that_is_meant(
    form: dict[str, str], message: str, manager: Client, stage: Stage
) -> None:
    valid = {"first": "2090-03-24T02:30", "repeat": ONCE, "times": "1"}
    assert_refused(act(manager, stage.event, "copy", **(valid | form)), message)
    assert Event.objects.count() == 1


def test_every_form_of_a_model_asks_for_moments_so() -> None:
    request = RequestFactory().get("/")
    request.user = make_user(is_staff=True, is_superuser=True)
    asked = 0
    for model, model_admin in admin.site._registry.items():
        for field in model._meta.fields:
            if isinstance(field, DateTimeField) and field.editable:
                form_field = model_admin.formfield_for_dbfield(field, request)
                assert isinstance(form_field, SplitMoment | Moment), field
                asked += 1
    assert asked > 10


def test_a_range_takes_the_whole_of_an_hour_that_is_shown_twice() -> None:
    with timezone.override("Europe/Berlin"):
        first, last = (_moment("2090-10-29 02:30:00", fold=fold) for fold in (0, 1))
    assert last.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
