"""Audit history: every model that a person edits keeps who changed what, and why."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from common.actor import SYSTEM, Actor


class Records(HistoryManager):
    """The way to an object's records. Each look at it made a class anew, as dear as the record's own statement."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: type, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


def history(*, excluded: tuple[str, ...] = (), relations: tuple[str, ...] = ()) -> Any:
    """History records with the reason as free text.

    ``excluded`` names what is not for the record: secrets, and columns that the database keeps;
    ``relations`` the many-to-many fields that are.
    """
    return HistoricalRecords(
        history_change_reason_field=models.TextField(null=True),
        excluded_fields=list(excluded),
        history_manager=Records,
        m2m_fields=list(relations),
    )


def save_because(
    instance: models.Model, reason: str, *, by: Actor = SYSTEM, fields: tuple[str, ...] = ()
) -> None:
    """Save with person and reason in the history record; only ``fields``, where given."""
    _sign(instance, reason, by)
    instance.save(update_fields=list(fields) or None)


def delete_because(instance: models.Model, reason: str, *, by: Actor = SYSTEM) -> None:
    """Delete with person and reason in the last history record."""
    _sign(instance, reason, by)
    instance.delete()


def create_because(instances: Sequence[models.Model], reason: str, *, by: Actor) -> None:
    """Insert rows of one model with their history records, in as few statements as for one."""
    if instances:
        bulk_create_with_history(
            instances, type(instances[0]), default_user=_person(by), default_change_reason=reason
        )


def update_because(
    instances: Sequence[models.Model], reason: str, *, by: Actor, fields: tuple[str, ...]
) -> None:
    """Save ``fields`` of rows of one model with history, in as few statements as for one."""
    if instances:
        bulk_update_with_history(
            instances,
            type(instances[0]),
            fields,
            default_user=_person(by),
            default_change_reason=reason,
        )


def _sign(instance: Any, reason: str, by: Actor) -> None:
    instance._change_reason = reason  # noqa: SLF001 - its public way
    if (person := _person(by)) is not None:
        instance._history_user = person  # noqa: SLF001 - its public way


def _person(by: Actor) -> AbstractBaseUser | None:
    return None if by.user_id is None else get_user_model().objects.get(pk=by.user_id)
