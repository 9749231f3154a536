"""What a channel is told of its sales files."""

from typing import Annotated

from typing_extensions import TypedDict

from common.clock import utc
from common.json_types import Count, JsonSchema, Moment, OneOf, RowId, Uuid
from offline.enums import PROBLEMS, ConflictStatus, FileState
from offline.models import Conflict, SalesFile

# Of the conflicts of a file the first are told with it; the list of conflicts has all.
MAX_CONFLICTS = 100


class FileSummaryJson(TypedDict):
    """What booking the file would change, or has changed. A series is what you count under one name: an item under
    a reference of yours or, of counts so far, an item.
    """

    lines: Count
    """Rows with something in them."""
    new: Count
    """Series that were not reported before."""
    changed: Count
    """Series of which there are more, fewer or none now, or another price."""
    known: Count
    """Series of which nothing changes."""
    added: Count
    """Tickets that are booked."""
    taken_back: Count
    """Tickets that are refunded."""
    unreadable: Count
    """Rows that cannot be read."""
    short_rows: Count
    """Series for which there was not enough stock at the check; booked all the same, they become conflicts."""
    short_tickets: Count
    """Their tickets."""
    gone: Count
    """Of a whole file: series that were reported before and are not in it. The venue refunds them, or not."""
    gone_tickets: Count
    """Their tickets."""
    conflicts: Count
    """Sales of the file that had no stock when they were booked."""


class SalesFileJson(TypedDict):
    """A file in which a channel reports its sales, and how far it is."""

    id: Uuid
    channel: RowId
    name: str
    sha256: Annotated[str, JsonSchema(pattern="^[0-9a-f]{64}$")]
    """Of its bytes."""
    whole: bool
    """Whether it holds all sales of its events."""
    book: bool
    """Whether it is booked as soon as it is checked."""
    state: Annotated[str, OneOf(FileState.values)]
    """`WAITING`, `CHECKING`, `QUEUED`, `BOOKING`, `REFUNDING`, `UNDOING`: it is being worked on, or soon. All
    others stay until somebody asks for something.
    """
    message: str
    """Of `REJECTED` and `FAILED`: why."""
    done: Count
    """How much of the step is through: rows of a check, series of a booking."""
    total: Annotated[int, JsonSchema(minimum=0)] | None
    """Of how many; null as long as nobody knows."""
    mapping: Annotated[int, JsonSchema(minimum=1)] | None
    """By which version of the channel's mapping it was read."""
    summary: FileSummaryJson | None
    """Null until it is checked."""
    utc_uploaded_at: Moment
    utc_checked_at: Moment | None
    utc_finished_at: Moment | None
    """When it was booked, or undone."""


class FileProblemJson(TypedDict):
    """A row that cannot be read."""

    row: Count
    detail: str


class FileShortageJson(TypedDict):
    """A row for which there was not enough stock at the check."""

    row: Count
    event: str
    item: str
    tickets: Count
    """So many stand in the file, and were not reported before."""
    sellable: Count


class FileConflictJson(TypedDict):
    """A row that was booked as a conflict: it had no stock, or cannot be read."""

    id: Uuid
    """For `GET /conflicts/{id}/`."""
    row: Count | None
    code: Annotated[str, OneOf(PROBLEMS)]
    status: Annotated[str, OneOf(ConflictStatus.values)]


class WholeSalesFileJson(SalesFileJson):
    """A file with the rows that somebody has to look at; of each kind the first hundred."""

    problems: list[FileProblemJson]
    shortages: list[FileShortageJson]
    conflicts: list[FileConflictJson]


def present(file: SalesFile) -> SalesFileJson:
    return {
        "id": str(file.uuid),
        "channel": file.channel_id,
        "name": file.name,
        "sha256": file.digest,
        "whole": file.is_whole,
        "book": file.books_itself,
        "state": file.state,
        "message": file.message,
        "done": file.done,
        "total": file.total or None,
        "mapping": file.mapping.version if file.mapping is not None else None,
        "summary": _summary(file),
        "utc_uploaded_at": utc(file.uploaded_at),
        "utc_checked_at": utc(file.checked_at),
        "utc_finished_at": utc(file.finished_at),
    }


def present_whole(file: SalesFile) -> WholeSalesFileJson:
    conflicts = Conflict.objects.filter(report__sync__sales_file=file).select_related("report")
    return {
        **present(file),
        "problems": [
            {"row": row, "detail": fault} for row, fault in file.summary.get("problems", ())
        ],
        "shortages": [
            {"row": row, "event": event, "item": item, "tickets": tickets, "sellable": sellable}
            for row, event, item, tickets, sellable in file.summary.get("short", ())
        ],
        "conflicts": [
            {
                "id": str(conflict.uuid),
                "row": conflict.report.said.get("row"),
                "code": conflict.code,
                "status": conflict.status,
            }
            for conflict in conflicts.order_by("pk")[:MAX_CONFLICTS]
        ],
    }


def _summary(file: SalesFile) -> FileSummaryJson | None:
    if not file.summary:
        return None
    counts = file.summary.get
    return {
        "lines": counts("lines", 0),
        "new": counts("new", 0),
        "changed": counts("changed", 0),
        "known": counts("known", 0),
        "added": counts("added", 0),
        "taken_back": counts("taken_back", 0),
        "unreadable": counts("unreadable", 0),
        "short_rows": counts("short_rows", 0),
        "short_tickets": counts("short_tickets", 0),
        "gone": counts("gone", 0),
        "gone_tickets": counts("gone_tickets", 0),
        "conflicts": counts("conflicts", 0),
    }
