"""Audit history: every model that a person edits keeps who changed what, and why."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords


def history(*, excluded: tuple[str, ...] = ()) -> Any:
    """History records with the reason as free text.

    ``excluded`` names what is not for the record: secrets, and columns that the database keeps.
    """
    return HistoricalRecords(
        history_change_reason_field=models.TextField(null=True),
        excluded_fields=list(excluded),
    )


def save_because(instance: models.Model, reason: str, *, fields: tuple[str, ...] = ()) -> None:
    """Save with the reason in the history record; only ``fields``, where given."""
    instance._change_reason = reason  # type: ignore[attr-defined]  # noqa: SLF001 - its public way
    instance.save(update_fields=list(fields) or None)
