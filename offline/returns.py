"""Tickets that a channel has taken back, by what the booking or the conflict of their sale still has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from allocations import ledger
from allocations.enums import MovementKind
from allocations.setup import EventSetup
from offline.enums import Outcome
from offline.reports import ReturnReport, Verdict
from sales.booking_updates import group_of
from sales.entries import Counted, entries_for
from sales.enums import BookingStatus
from sales.models import Booking, BookingLine


@dataclass(slots=True)
class ReturnPlan:
    """So many tickets of each line of a booking, by line number."""

    verdict: Verdict
    booking: Booking
    lines: Sequence[BookingLine]
    setup: EventSetup
    tickets: dict[int, int]
    at: datetime
    reason: str

    @property
    def group(self) -> ledger.Group:
        back = [
            (line.item_id, -self.tickets[line.number])
            for line in self.lines
            if line.number in self.tickets
        ]
        entries = entries_for(self.setup, self.booking.channel_id, back, Counted.SOLD)
        return group_of(self.booking, self.setup, MovementKind.REFUND, entries)

    def undo(self) -> None:
        for line in self.lines:
            line.refunded -= self.tickets.get(line.number, 0)


def plan_return(
    verdict: Verdict,
    report: ReturnReport,
    booking: Booking,
    lines: Sequence[BookingLine],
    setup: EventSetup,
    now: datetime,
) -> ReturnPlan | None:
    """Count the tickets off the lines. Nothing where the verdict now says why it cannot be.

    The lines then have them as refunded, unsaved, so that the next return finds what is left.
    """
    verdict.event_id, verdict.booking_id = booking.event_id, booking.pk
    verdict.booking_uuid = str(booking.uuid)
    if booking.status == BookingStatus.CANCELLED:
        verdict.note("INVALID_STATE", "The booking was refunded before.")
        return None
    kept = {line.number: line.kept for line in lines}
    tickets = (
        {number: count for number, count in kept.items() if count}
        if report.tickets is None
        else _spread(report.tickets, lines)
    )
    if tickets is None:
        said = ", ".join(
            f"{count} of item {item}" for item, count in (report.tickets or {}).items()
        )
        left = ", ".join(f"{line.kept} of item {line.item_id}" for line in lines)
        verdict.refuse(
            Outcome.UNREADABLE, "VALIDATION", f"Returned are {said}; the booking has {left}."
        )
        return None
    for line in lines:
        line.refunded += tickets.get(line.number, 0)
    reason = report.reason or "returned at the channel"
    return ReturnPlan(verdict, booking, lines, setup, tickets, now, reason)


def _spread(tickets: Mapping[int, int], lines: Sequence[BookingLine]) -> dict[int, int] | None:
    """Line number → tickets, from the first line on; nothing where there are not so many."""
    spread: dict[int, int] = {}
    for item_id, count in tickets.items():
        missing = count
        for line in lines:
            if line.item_id == item_id and (share := min(missing, line.kept)):
                spread[line.number] = share
                missing -= share
        if missing or count < 1:
            return None
    return spread
