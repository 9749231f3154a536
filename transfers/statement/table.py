"""A statement as the rows of a CSV file, with the balances as rows of their own."""

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

from django.utils.text import slugify

from common.cells import guard
from common.clock import utc
from transfers.statement.lines import Line, PoolStatement, Statement

COLUMNS = (
    "pool_id",
    "pool",
    "kind",
    "utc_at",
    "utc_since",
    "units",
    "balance",
    "held",
    "sold",
    "drawn",
    "free",
    "text",
    "counterpart",
    "reason",
    "note",
    "who",
    "transfer",
    "plan_version",
)
Row = dict[str, object]


def write_csv(statement: Statement, file: TextIO) -> None:
    """No cell is a formula to a spreadsheet program, whatever a reason says."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for part in statement.pools:
        for row in _rows(part, statement):
            cells = (row.get(column, "") for column in COLUMNS)
            writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in cells])


def file_name(statement: Statement) -> str:
    said = slugify(f"{statement.channel} {statement.event}") or "event"
    return f"statement-{said}.csv"


def _rows(part: PoolStatement, statement: Statement) -> Iterator[Row]:
    edges = part.account.edges
    own: Row = {"pool_id": part.pool.pk, "pool": part.pool.name}
    yield own | {
        "kind": "OPENING",
        "utc_at": utc(statement.since) or "",
        "balance": edges.opening,
    }
    for line in part.lines:
        yield own | _row(line)
    names: Sequence[str] = ("held", "sold", "drawn", "free")
    yield own | {
        "kind": "CLOSING",
        "utc_at": utc(min(statement.until or statement.now, statement.now)),
        "balance": edges.closing.quantity,
        **{name: getattr(edges.closing, name) for name in names},
    }
    if edges.unreported is not None:
        yield own | {
            "kind": "UNREPORTED",
            "utc_at": utc(edges.unreported.estimated_at),
            "utc_since": utc(edges.unreported.reported_at),
            "text": edges.unreported.in_words(edges.closing.sold, statement.event.venue.zone),
        }


def _row(line: Line) -> Row:
    change = line.change
    return {
        "kind": change.kind.value,
        "utc_at": utc(change.at),
        "utc_since": utc(change.since) or "",
        "units": change.units,
        "balance": change.balance,
        "text": line.text,
        "counterpart": line.counterpart,
        "reason": line.reason,
        "note": line.note,
        "who": line.person or line.who.value,
        "transfer": str(line.transfer.uuid) if line.transfer else "",
        "plan_version": line.plan.version if line.plan else "",
    }
