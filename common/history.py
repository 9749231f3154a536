"""Audit history: every model that a person edits keeps who changed what, and why."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from simple_history.models import HistoricalRecords

from common.actor import SYSTEM, Actor


def history(*, excluded: tuple[str, ...] = (), relations: tuple[str, ...] = ()) -> Any:
    """History records with the reason as free text.

    ``excluded`` names what is not for the record: secrets, and columns that the database keeps;
    ``relations`` the many-to-many fields that are.
    """
    return HistoricalRecords(
        history_change_reason_field=models.TextField(null=True),
        excluded_fields=list(excluded),
        m2m_fields=list(relations),
    )


def save_because(
    instance: models.Model, reason: str, *, by: Actor = SYSTEM, fields: tuple[str, ...] = ()
) -> None:
    """Save with person and reason in the history record; only ``fields``, where given."""
    instance._change_reason = reason  # type: ignore[attr-defined]  # noqa: SLF001 - its public way
    if by.user_id is not None:
        person = get_user_model().objects.get(pk=by.user_id)
        instance._history_user = person  # type: ignore[attr-defined]  # noqa: SLF001 - its public way
    instance.save(update_fields=list(fields) or None)
