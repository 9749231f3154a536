"""What a person may see of a model is also all that is offered of it, in forms and in filters."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.db.models import Field, ForeignKey, ManyToManyField, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from backoffice.kit.lists import LONGEST_NUMBER


class KnownNumbers(AutocompleteMixin):
    """Of a widget with a search: what was sent as a choice and is no number names no row."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_number(str(key))], attr)


class Placeholder:
    """Says in an empty field what its emptiness means. Django's own widget writes an empty text over it."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: Any = None) -> dict[str, Any]:
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)  # type: ignore[misc]
        if "data-placeholder" in base_attrs:
            attrs["data-placeholder"] = base_attrs["data-placeholder"]
        return attrs


class SearchedChoice(Placeholder, KnownNumbers, AutocompleteSelect):
    """One row of many, searched for."""


class SearchedChoices(Placeholder, KnownNumbers, AutocompleteSelectMultiple):
    """Several rows of many, searched for."""


class SearchForm(AutocompleteDropdownForm):
    """A filter, or a question, by one row of many."""

    widget = SearchedChoice


def is_number(text: str) -> bool:
    """Whether it can be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER


class VisibleChoices:
    """Offers, and accepts, in foreign keys only what the related model's own list shows."""

    admin_site: AdminSite
    get_autocomplete_fields: Callable[[HttpRequest], Sequence[str]]

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", visible(self.admin_site, db_field, request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchedChoice(db_field, self.admin_site))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and field.required and field.initial is None and is_added(request):
            field.initial = only_choice(field.queryset)
        return field

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", visible(self.admin_site, db_field, request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchedChoices(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        # Pop-up windows to add or change the related object: each has its own page.
        for verb in ("add", "change", "delete", "view"):
            if field is not None and hasattr(field.widget, f"can_{verb}_related"):
                setattr(field.widget, f"can_{verb}_related", False)
        return field


def is_added(request: HttpRequest) -> bool:
    """Whether the page makes a new object."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_add")


def only_choice(rows: QuerySet[Any]) -> Any:
    """The key of the only row there is, which need not be asked for; else ``None``."""
    keys = list(rows.order_by().values_list("pk", flat=True)[:2])
    return keys[0] if len(keys) == 1 else None


def visible(
    site: AdminSite,
    field: "ForeignKey[Any, Any] | ManyToManyField[Any, Any]",
    request: HttpRequest,
) -> QuerySet[Any]:
    """What the person may see of the model that a field points to."""
    return site.get_model_admin(field.related_model).get_queryset(request)


class VisibleFilter(RelatedDropdownFilter):
    """A filter by a related object that names only those the person may see."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, str]]:
        rows = visible(model_admin.admin_site, field, request)
        return [(row.pk, str(row)) for row in rows]


class VisibleSearchFilter(AutocompleteSelectFilter):
    """As ``VisibleFilter``, for what there are too many of to list."""

    form_class = SearchForm

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = visible(
                self.model_admin.admin_site, self.field, self.request
            )
            yield choice
