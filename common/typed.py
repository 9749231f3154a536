"""What a person types to find something, and the conditions by which an index finds names that hold it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from unicodedata import category
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from common.names import normalize

# Names are no longer, nor is any number or reference that somebody types by hand.
LONGEST = 100
MAX_WORDS = 6
# An index of parts of names knows pieces of three letters: of fewer it knows where words begin.
SHORTEST_PART = 3
# Control characters, NUL among them, and halves of characters.
_NO_TEXT = {"Cc", "Cs"}


@dataclass(frozen=True)
class Typed:
    """``text`` in the one form of names, cut to ``LONGEST``; empty finds whatever there is."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(self.text.split(" ")[:MAX_WORDS]) if self.text else ()

    @cached_property
    def uuid(self) -> UUID | None:
        """The identifier that a program gave: no page shows it, partners quote it."""
        try:
            return UUID(self.text)
        except ValueError:
            return None


def read_typed(text: str) -> Typed:
    """Of whatever arrives: what no text of the database can hold counts as a space."""
    kept = "".join(
        " " if category(letter) in _NO_TEXT else letter for letter in text[: 2 * LONGEST]
    )
    return Typed(normalize(normalize(kept)[:LONGEST]))


def has(path: str, word: str) -> Q:
    """The text at ``path`` holds the word in any case; one of a letter or two begins a word of it."""
    if len(word) >= SHORTEST_PART:
        return Q(**{f"{path}__icontains": word})
    return Q(**{f"{path}__istartswith": word}) | Q(**{f"{path}__icontains": f" {word}"})


def has_one(path: str, typed: Typed) -> Q:
    """The text holds at least one of the words; of no words, anything."""
    return Q(*(has(path, word) for word in typed.words), _connector=Q.OR)


def has_each(typed: Typed, *paths: str) -> Q:
    """Each word is held by one of the texts."""
    return Q(
        *(Q(*(has(path, word) for path in paths), _connector=Q.OR) for word in typed.words),
    )


def is_one_of(path: str, numbers: "QuerySet[Any, Any]") -> Q:
    """The same as ``path__in``, by an index on it also where it is one of several conditions.

    ``numbers`` is asked for once, before the rest, and has one column. It had better be short.
    """
    return Q(
        Func(
            F(path),
            ArraySubquery(numbers),
            template="%(expressions)s)",
            arg_joiner=" = ANY (",
            output_field=BooleanField(),
        )
    )
