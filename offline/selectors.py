"""What a channel is told of what could not be done of its reports."""

from typing import Annotated

from typing_extensions import TypedDict

from common.clock import utc
from common.json_types import Amount, Moment, OneOf, RowId, Uuid
from offline.enums import PROBLEMS, ConflictStatus, ReportKind, Resolution
from offline.models import Conflict

# What ``present`` reads beside the row itself.
RELATED = ("report__booking",)


class ConflictLineJson(TypedDict):
    """So many tickets that were sold and have no stock."""

    item: RowId
    quantity: int
    unit_price: Amount


class ConflictJson(TypedDict):
    """A report that could not be done, and what became of it."""

    id: Uuid
    channel: RowId
    client_id: str
    """The channel's own number of the report."""
    kind: Annotated[str, OneOf(ReportKind.values)]
    code: Annotated[str, OneOf(PROBLEMS)]
    """Why it could not be done when it came."""
    detail: str
    numbers: dict[str, int | str | None]
    """Of `SOLD_OUT`: `asked`, `sellable` and `limited_by`, as in the problem of that name."""
    event: RowId | None
    """Null where the report does not say it."""
    lines: list[ConflictLineJson]
    """The tickets that are in question; none of what cannot be read, or was given back meanwhile."""
    status: Annotated[str, OneOf(ConflictStatus.values)]
    resolution: Annotated[str, OneOf(Resolution.values)] | None
    """How it ended."""
    booking: Uuid | None
    """What a sale is booked as by now; of a return, the booking of its sale."""
    utc_said_at: Moment | None
    """When it was, by the channel's own clock."""
    utc_began_at: Moment
    """When it was reported."""
    utc_resolved_at: Moment | None


def present(conflict: Conflict) -> ConflictJson:
    """A conflict as its channel sees it; whoever of the venue resolved it, and why, is the venue's own."""
    report = conflict.report
    return {
        "id": str(conflict.uuid),
        "channel": conflict.channel_id,
        "client_id": report.client_id,
        "kind": report.kind,
        "code": conflict.code,
        "detail": conflict.detail,
        "numbers": conflict.numbers,
        "event": conflict.event_id,
        "lines": [
            {
                "item": line.item_id,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
            }
            for line in conflict.lines.all()
        ],
        "status": conflict.status,
        "resolution": conflict.resolution or None,
        "booking": str(report.booking.uuid) if report.booking is not None else None,
        "utc_said_at": utc(report.said_at),
        "utc_began_at": utc(conflict.began_at),
        "utc_resolved_at": utc(conflict.resolved_at),
    }
