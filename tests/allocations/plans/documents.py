"""Plans in plain language: what is made and read for their tests."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from allocations.plans import services
from allocations.plans.spec import Group, Line, PlanSpec
from allocations.plans.text.document import (
    Document,
    document_of,
    document_of_version,
)
from events.models import Event
from tests.factories import Stage, make_stage

START = datetime(2030, 11, 7, 19, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
SALES = datetime(2030, 10, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
NOW = datetime(2030, 10, 2, 12, 0, tzinfo=UTC)


def made(capacity: int = 1000, **event: Any) -> Stage:
    return make_stage(
        channels=("web", "box", "agent", "hotel"), pools={"GA": capacity}, give={}, **event
    )


def draft(stage: Stage, channel: str, *parts: Line | Group, note: str = "") -> Document:
    spec = PlanSpec(
        [part for part in parts if isinstance(part, Line)],
        [part for part in parts if isinstance(part, Group)],
        note,
    )
    with transaction.atomic():
        draft = services.save_draft(pool=stage.pools["GA"], spec=spec)
    return document_of_version(draft, stage.channels[channel], NOW)


def said(document: Document) -> dict[str, str]:
    """The terms of the document's only pool by label."""
    [part] = document.parts
    return {term.label: term.text for term in part.terms}


def now(stage: Stage, channel: str = "agent", at: datetime = NOW) -> Document:
    event = Event.objects.select_related("venue").get(pk=stage.event.pk)
    return document_of(event, stage.channels[channel], at)
