"""What a service or the database may answer to a lawful request, in a person's words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError
from django.utils.translation import gettext as _
from psycopg import errors as postgres

from common.errors import RefusedError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Constraint or trigger → the field that it concerns, if one does, and what to tell a person.
ConstraintMessages = Mapping[str, tuple[str | None, "StrOrPromise"]]

# What a service or the database may answer to a lawful request. Anything else is a bug.
EXPECTED = (RefusedError, ValidationError, IntegrityError, OperationalError)


def constraint_name(error: IntegrityError) -> str:
    """The constraint or trigger that refused, as the database names it."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def is_busy(error: OperationalError) -> bool:
    """Whether another transaction was in the way, so that a second try may succeed."""
    return isinstance(
        error.__cause__,
        postgres.LockNotAvailable | postgres.DeadlockDetected | postgres.SerializationFailure,
    )


def explain(error: Exception, messages: ConstraintMessages) -> tuple[str | None, list[str]]:
    """An expected error as a field, if it has one, and sentences. Raises what is none."""
    if isinstance(error, RefusedError):
        return error.field, [error.detail, *_breakdowns(error.numbers)]
    if isinstance(error, ValidationError):
        return None, list(error.messages)
    if isinstance(error, IntegrityError):
        name = constraint_name(error)
        field, text = messages.get(
            name,
            (None, _("This does not fit what is there already (%s).") % (name or _("unnamed"))),
        )
        return field, [str(text)]
    if isinstance(error, OperationalError) and is_busy(error):
        return None, [
            _("Somebody else is changing the same thing. Nothing was changed; try again.")
        ]
    raise error


def _breakdowns(numbers: Mapping[str, object]) -> list[str]:
    """The numbers of a refusal that are lists of names and counts, as sentences."""
    return [
        f"{label.replace('_', ' ').capitalize()}: "
        + ", ".join(f"{name} {count}" for name, count in counts.items())
        for label, counts in numbers.items()
        if isinstance(counts, Mapping) and counts
    ]
