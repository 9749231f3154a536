"""The history of every model that people edit: from what, to what, by whom, why, in words."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.test import Client
from django.utils.text import capfirst

from alerts.models import AlertRule, AlertTeam
from backoffice.kit.base import HistoryAdmin
from tests.backoffice.addresses import objects_of, page
from tests.factories import Stage, make_user
from transfers.models import TransferPolicy

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 12, 1, 12, tzinfo=UTC)
EDITED: list[Any] = [
    model for model, shown in admin.site._registry.items() if isinstance(shown, HistoryAdmin)
]


def object_of(model: type[Model], stage: Stage) -> Any:
    found = [one for one in objects_of(stage) if isinstance(one, model)]
    return found[0] if found else make_user()


def other_value(field: Any, value: Any) -> Any:
    """A value of the field that it does not have; none where there is no other."""
    if isinstance(field, ForeignKey):
        manager = field.related_model._default_manager
        name = str(manager.filter(pk=value).first())
        # Two of the same name, as items of two events, would read the same.
        return next((other.pk for other in manager.all() if str(other) != name), None)
    if isinstance(value, list):
        codes = [code for code, _label in field.base_field.flatchoices] or ["other"]
        return [code for code in codes if code not in value][:1]
    if field.choices:
        return next(code for code, _label in field.flatchoices if code != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value} other"[-(field.max_length or 99) :]
    return later_or_more(field, value)


def later_or_more(field: Any, value: Any) -> Any:
    if value is None:
        firsts = {
            "DateTimeField": MOMENT,
            "TimeField": time(12),
            "TextField": "a",
            "CharField": "a",
        }
        return firsts.get(field.get_internal_type(), 7)
    if isinstance(value, time):
        return time(value.hour ^ 1)
    return value + (timedelta(days=1) if isinstance(value, datetime | date) else 1)


@pytest.mark.parametrize("model", EDITED, ids=lambda model: model._meta.label)
def test_each_field_is_told_from_what_to_what(
    model: type[Any], superuser: Client, stage: Stage
) -> None:
    obj = object_of(model, stage)
    record = obj.history.latest()
    table = type(record)
    columns = [
        field
        for field in model._meta.concrete_fields
        if hasattr(record, field.attname) and not field.primary_key
    ]
    values = {field.attname: getattr(record, field.attname) for field in columns}
    moment = record.history_date
    expected = []
    for field in columns:
        value = other_value(field, values[field.attname])
        if value is None:
            continue
        values[field.attname], moment = value, moment + timedelta(seconds=1)
        table.objects.create(
            id=obj.pk,
            **values,
            history_date=moment,
            history_type="~",
            history_change_reason=f"Because of {field.name}",
        )
        expected.append((f"Because of {field.name}", field, value))
    answer = superuser.get(page(obj, "history"))
    told = {shown.history_change_reason: shown.steps for shown in answer.context["page_obj"]}
    for reason, field, value in expected:
        [step] = told[reason]
        assert step.name == capfirst(str(field.verbose_name))
        assert step.before != step.after
        assert "None" not in step.before + step.after
        if field.choices and not isinstance(value, list):
            assert step.after == str(dict(field.flatchoices)[value])
    body = answer.content.decode()
    assert all(reason in body for reason, _field, _value in expected)


@pytest.mark.parametrize(
    "model",
    [model for model in EDITED if model.history.model._history_m2m_fields],
    ids=lambda model: model._meta.label,
)
def test_each_choice_of_several_is_told_with_names(
    model: type[Any], superuser: Client, stage: Stage
) -> None:
    obj = object_of(model, stage)
    for field in obj.history.model._history_m2m_fields:
        others = field.related_model._default_manager.exclude(
            pk__in=getattr(obj, field.name).values("pk")
        )
        added = others.first()
        if added is None:
            added = make_user()
        getattr(obj, field.name).add(added)
        newest = superuser.get(page(obj, "history")).context["page_obj"][0]
        [step] = newest.steps
        assert step.name == capfirst(str(field.verbose_name))
        assert str(added) in step.after
        assert str(added) not in step.before


@pytest.mark.parametrize("model", [AlertRule, AlertTeam, TransferPolicy])
def test_what_a_venue_begins_with_has_a_first_record(model: type[Any], stage: Stage) -> None:
    made = model.objects.filter(venue=stage.event.venue)
    assert made
    for one in made:
        [record] = one.history.all()
        assert (record.history_type, record.history_change_reason) == ("+", "Made with the venue")
        for field in model.history.model._history_m2m_fields:
            kept = {
                getattr(row, f"{field.m2m_reverse_field_name()}_id")
                for row in getattr(record, field.name).all()
            }
            assert kept == set(getattr(one, field.name).values_list("pk", flat=True))


def test_an_object_that_was_made_is_told_with_what_it_was_given(
    superuser: Client, stage: Stage
) -> None:
    [made] = superuser.get(page(stage.listing(), "history")).context["page_obj"]
    assert ("Price", "–", "10") in [(step.name, step.before, step.after) for step in made.steps]
