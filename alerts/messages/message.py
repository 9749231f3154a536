"""What a message tells, before it is written for a transport. Every text is one line of bounded length."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.enums import Severity
from alerts.messages.charts import Chart


@dataclass(frozen=True, slots=True)
class Part:
    """One alert, or one piece of news. ``severity`` is None for what is no alert."""

    title: str
    place: str = ""
    reason: str = ""
    severity: Severity | None = None
    numbers: tuple[tuple[str, str], ...] = ()
    advice: str = ""
    link: str = ""
    chart: Chart | None = None
    # For programs: numbers as numbers, moments in UTC.
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """A whole message. ``kind`` is for programs: ``alert.opened``.

    ``lead`` stands before the parts, ``more`` is how many alerts are not among them, ``foot`` says
    why the reader gets it.
    """

    kind: str
    at: datetime
    subject: str
    parts: tuple[Part, ...]
    foot: str
    lead: str = ""
    open_label: str = ""  # of the link, unless it opens an alert
    more: int = 0
