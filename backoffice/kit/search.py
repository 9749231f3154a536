"""Search in a list's own columns and in those of what its rows belong to, by index.

A condition that joins two tables with OR can use no index of either. So what belongs to the
words is looked up first, and the list asks for its numbers.
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal

from common.names import normalize

# More than so many are looked for by the database itself, however long it takes.
MAX_FOUND = 500
MAX_WORDS = 8
LOOKUPS = ("startswith", "istartswith", "exact", "iexact", "icontains")


def words_of(term: str) -> list[str]:
    """The words of what was typed; a phrase in quotes is one of them."""
    words = []
    for part in smart_split(term):
        quoted = len(part) > 1 and part[0] == part[-1] and part[0] in {'"', "'"}
        words.append(unescape_string_literal(part) if quoted else part)
    return words[:MAX_WORDS]


class IndexedSearch:
    """Of an admin class: each word must stand in one of ``search_fields``.

    Those lead over foreign keys only, so that no row is found twice.
    """

    model: type[Model]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        fields = self.get_search_fields(request)  # type: ignore[attr-defined]
        if "\x00" in search_term:
            return queryset.none(), False
        for word in words_of(search_term):
            condition = self._found(fields, word) | self._named(word)
            # Names are stored in one form; what others have written is stored as they wrote it.
            if (name := normalize(word)) != word:
                condition |= self._found(fields, name)
            queryset = queryset.filter(condition)
        return queryset, False

    def _named(self, word: str) -> Q:
        """The row that a program's identifier names: no page shows it, partners quote it."""
        if not any(field.name == "uuid" for field in self.model._meta.fields):
            return Q()
        try:
            return Q(uuid=UUID(word))
        except ValueError:
            return Q()

    def _found(self, fields: Any, word: str) -> Q:
        condition = Q(pk__in=())
        for field in fields:
            path, lookup = _split(field)
            relation, _, column = path.rpartition("__")
            if not relation:
                condition |= Q(**{f"{column}__{lookup}": word})
                continue
            related_model = _model_at(self.model, relation)
            matches = related_model._default_manager.filter(**{f"{column}__{lookup}": word})
            numbers = list(matches.order_by().values_list("pk", flat=True)[: MAX_FOUND + 1])
            if len(numbers) > MAX_FOUND:
                condition |= Q(**{f"{relation}__in": matches.order_by().values("pk")})
            elif numbers:
                condition |= Q(**{f"{relation}__in": numbers})
        return condition


def _split(field: str) -> tuple[str, str]:
    path, _, last = field.rpartition("__")
    return (path, last) if path and last in LOOKUPS else (field, "icontains")


def _model_at(model: type[Model], path: str) -> type[Model]:
    related_model: Any = model
    for step in path.split("__"):
        related_model = related_model._meta.get_field(step).related_model
        if related_model is None:
            message = f"{model.__name__} has no relation {path}."
            raise FieldDoesNotExist(message)
    return related_model  # type: ignore[no-any-return]
