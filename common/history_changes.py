"""History records as changes: of each record, which fields went from what to what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import ForeignKey, Max, OuterRef, QuerySet, Subquery


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Values as the model keeps them; a foreign key's as the object, where there still is one."""

    field: Any
    before: Any
    after: Any


def newest(records: "QuerySet[Any]", most: int) -> list[Any]:
    """Of a history, the newest records, each with the number of the one before it."""
    own = records.model.objects.filter(
        **{_key(records): OuterRef(_key(records))}, history_id__lt=OuterRef("history_id")
    )
    before = own.order_by().values(_key(records)).annotate(last=Max("history_id")).values("last")
    found = records.select_related("history_user").annotate(before_id=Subquery(before))
    return list(found.order_by("-history_date", "-history_id")[:most])


def changes_of(records: Iterable[Any]) -> Mapping[int, list[FieldChange]]:
    """Record number → what it changed; ``records`` are of one model, from ``newest``.

    A record that made or deleted its object has no changes. Two statements at the most, and one
    more for each foreign key that leads to something else.
    """
    edits = [record for record in records if record.history_type == "~" and record.before_id]
    if not edits:
        return {}
    model = type(edits[0])
    before = model._default_manager.in_bulk([record.before_id for record in edits])
    return {
        record.history_id: list(_differences(before[record.before_id], record)) for record in edits
    }


def _differences(before: Any, after: Any) -> Iterable[FieldChange]:
    for field in after.instance_type._meta.concrete_fields:
        if not hasattr(after, field.attname):
            continue  # not for the record
        old, new = getattr(before, field.attname), getattr(after, field.attname)
        if old != new:
            yield FieldChange(field, _object(field, old), _object(field, new))


def _object(field: Any, value: Any) -> Any:
    if not isinstance(field, ForeignKey) or value is None:
        return value
    return field.related_model._default_manager.filter(pk=value).first() or value


def _key(records: "QuerySet[Any]") -> str:
    """The column of a history that names the object."""
    return str(records.model.instance_type._meta.pk.attname)
