"""The filters in force of a list, in words: what stands above it, each with a way to take it off."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import gettext as _t

from backoffice.kit.filters import MomentRangeFilter

# What an address may say beside a filter of the list, and means "is this one".
EXACT = frozenset({"exact", "id", "pk"})


class Chip(NamedTuple):
    """One filter. ``without`` is the address of the list without it."""

    label: str
    text: str
    without: str


class Chips(NamedTuple):
    """All filters of a list; ``clear`` leads to the list without any, its search kept."""

    chips: list[Chip]
    clear: str


def chips_of(changes: ChangeList, request: HttpRequest) -> Chips:
    """Of what the address asks for: the filters that the list offers, and lookups that a link has brought along."""
    given = {name: values for name, values in changes.get_filters_params().items() if any(values)}
    chips, names = [], set()
    for spec in changes.filter_specs:
        own = [name for name in spec.expected_parameters() if name in given]
        names.update(own)
        text = _value_of(spec, changes, own) if own else ""
        if text:
            chips.append(Chip(str(spec.title), text, _without(changes, own)))
    for name in given:
        if name not in names and not _is_hierarchy(changes, name):
            names.add(name)
            label, text = _lookup(changes, request, name, str(given[name][-1]))
            chips.append(Chip(label, text, _without(changes, [name])))
    return Chips(chips, _without(changes, names))


def _without(changes: ChangeList, names: Iterable[str]) -> str:
    return changes.get_query_string(dict.fromkeys(names))


def _is_hierarchy(changes: ChangeList, name: str) -> bool:
    """Days, months and years stand above the list already."""
    return bool(changes.date_hierarchy) and name.startswith(f"{changes.date_hierarchy}__")


# --- A filter of the list -------------------------------------------------------------------------


def _value_of(spec: Any, changes: ChangeList, own: list[str]) -> str:
    """What the filter is set to, as its own form says it; empty for an answer that it does not know, and ignores."""
    if isinstance(spec, MomentRangeFilter):
        return spec.in_words()
    if isinstance(spec, SimpleListFilter):
        return _label(spec.lookup_choices, str(spec.value()))
    for choice in spec.choices(changes):
        if "form" in choice:
            return _in_form(choice["form"], own, choice["form"].data)
        if choice.get("selected"):
            return str(choice["display"])
    return ""


def _in_form(form: BaseForm, own: list[str], data: Any) -> str:
    texts = []
    for name in own:
        field: Any = form.fields.get(name)
        value = data.get(name)
        if field is None or value in (None, "", []):
            continue
        rows = getattr(field, "queryset", None)
        if rows is not None:
            texts.append(_row(rows, str(value)))
        elif name.endswith("_from"):
            texts.append(_t("from %s") % value)
        elif name.endswith("_to"):
            texts.append(_t("until %s") % value)
        else:
            texts.append(_label(getattr(field, "choices", ()), str(value)) or str(value))
    return " ".join(texts)


def _label(choices: Iterable[Any], value: str) -> str:
    return next((str(label) for key, label in choices if str(key) == value), "")


def _row(rows: Any, value: str) -> str:
    """The row's name for who may see it, else its number as it was asked for."""
    try:
        row = rows.filter(pk=value).first()
    except (ValueError, ValidationError):
        row = None
    return value if row is None else str(row)


# --- A lookup that a link has brought along -------------------------------------------------------


def _lookup(changes: ChangeList, request: HttpRequest, name: str, value: str) -> tuple[str, str]:
    """``event__id__exact=14`` → event: the name of the event."""
    fields, rest = _walk(changes.model, name)
    if not fields:
        return name, value
    field = fields[-1]
    label = str(getattr(field, "verbose_name", field.name))
    if not EXACT.issuperset(rest):
        return " ".join((label, *rest)), value
    if field.related_model is not None:
        try:
            admin = changes.model_admin.admin_site.get_model_admin(field.related_model)
        except NotRegistered:
            return label, value
        return label, _row(admin.get_queryset(request), value)
    return label, _label(getattr(field, "flatchoices", ()), value) or value


def _walk(model: type[Model], name: str) -> "tuple[list[Field[Any, Any]], list[str]]":
    """The fields that the lookup goes through, and the words that are none; keys of a related row count to these."""
    steps = name.split("__")
    fields: list[Any] = []
    at: type[Model] | None = model
    while steps and at is not None and not (fields and steps[0] in EXACT):
        try:
            field: Any = at._meta.get_field(steps[0])
        except FieldDoesNotExist:
            break
        fields.append(field)
        at = field.related_model
        steps.pop(0)
    return fields, steps
