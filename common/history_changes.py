"""History records as changes: of each record, which fields went from what to what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import ForeignKey, Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

MADE, CHANGED = "+", "~"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Values as the model keeps them: a foreign key's as the object, a many-to-many's as objects."""

    field: Any
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Gone:
    """An object that was deleted since."""

    kind: str
    number: Any

    def __str__(self) -> str:
        return _("%(kind)s %(number)s (deleted)") % {"kind": self.kind, "number": self.number}


def newest(records: "QuerySet[Any]", maximum: int) -> list[Any]:
    """Of a history, the newest records, each with the number of the one before it."""
    return list(with_before(records)[:maximum])


def with_before(records: "QuerySet[Any]") -> "QuerySet[Any]":
    """A history, newest first, each record with the number of the one before it."""
    own = records.model.objects.filter(
        **{_key(records): OuterRef(_key(records))}, history_id__lt=OuterRef("history_id")
    )
    before = own.order_by().values(_key(records)).annotate(last=Max("history_id")).values("last")
    annotated = records.select_related("history_user").annotate(before_id=Subquery(before))
    newest_first: QuerySet[Any] = annotated.order_by("-history_date", "-history_id")
    return newest_first


def changes_of(records: Iterable[Any]) -> Mapping[int, list[FieldChange]]:
    """Record number → what it changed; ``records`` are of one model, from ``with_before``.

    Of a record that made its object: what it was given beyond the model's defaults. One that
    deleted it has no changes, nor has one whose object was made without a record. As many statements
    however many records: one for those before, one a many-to-many field, one a foreign key.
    """
    recorded = [
        record
        for record in records
        if record.history_type == MADE or (record.history_type == CHANGED and record.before_id)
    ]
    if not recorded:
        return {}
    model = type(recorded[0])
    before = model._default_manager.in_bulk(
        [record.before_id for record in recorded if record.history_type == CHANGED]
    )
    pairs = [(before.get(record.before_id), record) for record in recorded]
    many = _many_of(model, [record.pk for pair in pairs for record in pair if record])
    return _with_objects(
        {record.history_id: list(_differences(old, record, many)) for old, record in pairs}
    )


# A many-to-many field's name → record number → numbers of the objects.
_Many = Mapping[str, Mapping[int, Sequence[Any]]]


def _differences(before: Any, after: Any, many: _Many) -> Iterable[FieldChange]:
    model = after.instance_type
    for field in model._meta.concrete_fields:
        if field.primary_key or not hasattr(after, field.attname):
            continue  # not for the record
        if before is None and isinstance(field, ForeignKey) and not field.null:
            continue  # what it is a part of, which its name says
        old = _beginning(field) if before is None else getattr(before, field.attname)
        new = getattr(after, field.attname)
        if old != new:
            yield FieldChange(field, None if before is None else old, new)
    for name, numbers in many.items():
        old_many = [] if before is None else numbers.get(before.pk, [])
        new_many = numbers.get(after.pk, [])
        if old_many != new_many:
            yield FieldChange(model._meta.get_field(name), old_many, new_many)


def _beginning(field: Any) -> Any:
    """What a field has without anybody saying so: not worth a word."""
    return field.get_default() if field.has_default() else (None if field.null else "")


def _many_of(model: Any, record_ids: Sequence[int]) -> _Many:
    numbers_by_field: dict[str, dict[int, list[Any]]] = {}
    for field in model._history_m2m_fields:  # noqa: SLF001 - the one place where they stand
        rows = getattr(model, field.name).model.objects
        target = f"{field.m2m_reverse_field_name()}_id"
        numbers: defaultdict[int, list[Any]] = defaultdict(list)
        own = rows.filter(history_id__in=record_ids).order_by(target)
        for record_id, number in own.values_list("history_id", target):
            numbers[record_id].append(number)
        numbers_by_field[field.name] = dict(numbers)
    return numbers_by_field


def _with_objects(changes: dict[int, list[FieldChange]]) -> dict[int, list[FieldChange]]:
    """The same with objects for their numbers."""
    numbers: defaultdict[Any, set[Any]] = defaultdict(set)
    for change in (change for field_changes in changes.values() for change in field_changes):
        if _leads(change.field):
            numbers[change.field].update(_numbers(change.before) | _numbers(change.after))
    objects = {
        field: field.related_model._default_manager.in_bulk(list(pks))
        for field, pks in numbers.items()
    }
    return {
        record_id: [
            FieldChange(
                change.field,
                _objects(change.field, change.before, objects[change.field]),
                _objects(change.field, change.after, objects[change.field]),
            )
            if _leads(change.field)
            else change
            for change in field_changes
        ]
        for record_id, field_changes in changes.items()
    }


def _leads(field: Any) -> bool:
    return isinstance(field, ForeignKey) or bool(field.many_to_many)


def _numbers(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list) else {value} - {None}


def _objects(field: Any, value: Any, objects: Mapping[Any, Any]) -> Any:
    if isinstance(value, list):
        return [_objects(field, number, objects) for number in value]
    if value is None:
        return None
    kind = str(field.related_model._meta.verbose_name)
    return objects.get(value) or Gone(kind, value)


def _key(records: "QuerySet[Any]") -> str:
    """The column of a history that names the object."""
    return str(records.model.instance_type._meta.pk.attname)
