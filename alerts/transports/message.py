"""What a message says, before a transport renders it. Every text is one line of bounded length."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from alerts.dlt import Template
from alerts.enums import Severity


@dataclass(frozen=True, slots=True)
class Column:
    """``height`` in pixels; ``hour`` as the venue's clock has it."""

    hour: int
    units: int
    height: int


@dataclass(frozen=True, slots=True)
class Bar:
    """``width`` in percent."""

    label: str
    text: str
    width: int

    @property
    def rest(self) -> int:
        return 100 - self.width


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns or bars. ``caption`` says in words what they show, and all there is where none can be drawn."""

    title: str
    caption: str = ""
    columns: tuple[Column, ...] = ()
    bars: tuple[Bar, ...] = ()


class MailCell(NamedTuple):
    text: str
    align: str


@dataclass(frozen=True, slots=True)
class MailTable:
    """``columns``: title, and whether its cells are numbers. ``more`` says what the table leaves out."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[MailCell, ...], ...]
    totals: tuple[tuple[MailCell, ...], ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """One alert, or one piece of news. ``severity`` is None for what is no alert."""

    title: str
    place: str = ""
    reason: str = ""
    severity: Severity | None = None
    numbers: tuple[tuple[str, str], ...] = ()
    advice: str = ""
    link: str = ""
    chart: Chart | None = None
    table: MailTable | None = None
    # For programs: numbers as numbers, moments in UTC.
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """All that a message says. ``kind`` is for programs: ``alert.opened``.

    ``lead`` stands before the sections, ``more`` is how many alerts have none, ``foot`` says why the reader
    gets it.
    """

    kind: str
    at: datetime
    subject: str
    sections: tuple[Section, ...]
    foot: str
    lead: str = ""
    open_label: str = ""  # of the link, unless it opens an alert
    more: int = 0
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery's message. Sent again, it has the same ``id``: whoever gets it twice can tell.

    ``template``: the registered text of the SMS to this address, where it has one. ``language``: a code of ours in
    which it is said; empty, that of the settings.
    """

    id: UUID
    content: Content
    template: Template | None = None
    language: str = ""
