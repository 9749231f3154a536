"""What a channel reports, as it was read; and what it is told of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from typing_extensions import TypedDict

from common.json_types import OneOf, Uuid
from offline.enums import DUPLICATE, LATER, NOTES, PROBLEMS, STUCK, Outcome, ReportKind
from sales.models import Booking, BookingLine
from sales.orders import OrderLine

MAX_REPORTS = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a report cannot be read."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reported:
    """``said`` is what was sent; ``fault``, if it cannot be read, is why: nothing but its id counts then.

    ``notes``: what was out of order with it as it was read.
    """

    client_id: str
    said: Mapping[str, Any]
    said_at: datetime | None = None
    fault: Fault | None = None
    notes: Sequence["SyncNoteJson"] = ()
    # Of a sales file: what it is counted under, and how many tickets it adds or takes.
    series: str = ""
    counted: int = 0


@dataclass(frozen=True, slots=True)
class SaleReport(Reported):
    """Tickets that a channel has sold, and for how much each."""

    lines: Sequence[OrderLine] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReturnReport(Reported):
    """Tickets of a sale that a channel has taken back: all, or so many of these items."""

    sale_client_id: str = ""
    tickets: Mapping[int, int] | None = None
    reason: str = ""


class SyncNoteJson(TypedDict):
    """What was out of order with a report that counts all the same."""

    code: Annotated[str, OneOf(NOTES)]
    detail: str


class SyncProblemJson(TypedDict):
    """Why a report could not be done when it came."""

    code: Annotated[str, OneOf((*PROBLEMS, STUCK))]
    detail: str
    numbers: dict[str, int | str | None]
    """Of `SOLD_OUT`: `asked`, `sellable` and `limited_by`, as in the problem of that name."""


class SyncResultJson(TypedDict):
    """What became of one report."""

    kind: Annotated[str, OneOf(ReportKind.values)]
    client_id: str
    result: Annotated[str, OneOf([*Outcome.values, DUPLICATE, LATER])]
    """`LATER`: nothing was done with it, since somebody keeps its stock at this moment. Send it again."""
    outcome: Annotated[str, OneOf([*Outcome.values, LATER])]
    """Of a duplicate: what became of the first; else the same as `result`."""
    booking: Uuid | None
    """What a sale is booked as; of a return, the booking of its sale."""
    conflict: Uuid | None
    """The work item, of a report that could not be done."""
    problem: SyncProblemJson | None
    """Why it could not be done when it came."""
    notes: list[SyncNoteJson]
    """What was out of order, and counts all the same."""


class SyncJson(TypedDict):
    """What became of a sync: a result for each report, sales before returns, in the order in which they came."""

    id: Uuid
    results: list[SyncResultJson]


@dataclass(slots=True)
class Verdict:
    """What has become of one report so far."""

    kind: ReportKind
    report: Reported
    # What its id is known by, for ever.
    key: tuple[str, str] = field(init=False)
    outcome: Outcome = Outcome.ACCEPTED
    is_duplicate: bool = False
    # Left for a later call: of this one nothing is kept.
    is_left: bool = False
    # Of a report that stands twice in one call: the one that counts.
    first: "Verdict | None" = None
    report_id: int | None = None
    # What its row said when its id was claimed.
    written: tuple[Outcome, int | None, list[SyncNoteJson]] | None = None
    booking_id: int | None = None
    booking_uuid: str | None = None
    conflict_uuid: str | None = None
    problem: SyncProblemJson | None = None
    event_id: int | None = None
    lines: Sequence[BookingLine] = ()
    notes: list[SyncNoteJson] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = self.kind.value, self.report.client_id
        self.notes = [*self.report.notes]

    def accept(self, booking: Booking) -> None:
        self.outcome, self.problem = Outcome.ACCEPTED, None
        self.booking_id, self.booking_uuid = booking.pk, str(booking.uuid)

    def refuse(self, outcome: Outcome, code: str, detail: str, **numbers: Any) -> None:
        self.outcome = outcome
        self.problem = {"code": code, "detail": detail, "numbers": numbers}

    def leave(self) -> None:
        """Its stock is kept by somebody: it waits for a later call, and no other with it."""
        self.is_left = True
        self.problem = {
            "code": STUCK,
            "detail": "Somebody keeps its stock at this moment. Nothing was done; send it again.",
            "numbers": {},
        }

    def refuse_as_unreadable(self, fault: Fault) -> None:
        self.refuse(Outcome.UNREADABLE, "VALIDATION", f"{fault.field}: {fault.detail}")

    def repeat(self, first: "Verdict") -> None:
        """Say of this one what has become of the first."""
        self.is_duplicate, self.outcome, self.problem = True, first.outcome, first.problem
        self.is_left = first.is_left
        self.booking_uuid, self.conflict_uuid = first.booking_uuid, first.conflict_uuid
        self.compare(first.report.said)

    def compare(self, first: Mapping[str, Any]) -> None:
        """Note where the first report with this id said something else."""
        if first != self.report.said:
            self.note("DIFFERS", "It differs from the first report with this id, which holds.")

    @property
    def is_changed(self) -> bool:
        """Whether its row does not say yet what has become of it."""
        now = self.outcome, self.booking_id, self.notes
        return self.written is not None and self.written != now

    def note(self, code: str, detail: str) -> None:
        """Say it once, of however many lines it is so."""
        note: SyncNoteJson = {"code": code, "detail": detail}
        if note not in self.notes:
            self.notes.append(note)

    @property
    def result(self) -> str:
        if self.is_left:
            return LATER
        return DUPLICATE if self.is_duplicate else self.outcome.value

    @property
    def answer(self) -> SyncResultJson:
        return {
            "kind": self.key[0],
            "client_id": self.key[1],
            "result": self.result,
            "outcome": LATER if self.is_left else self.outcome.value,
            "booking": self.booking_uuid,
            "conflict": self.conflict_uuid,
            "problem": self.problem,
            "notes": self.notes,
        }
