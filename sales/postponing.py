"""An event is postponed, and its named holds with it: their ends move as sales windows do."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet

from allocations.postponing import Move, moved_along, postpone_event
from allocations.services import lock_event
from common.actor import Actor
from common.as_shown import AsShown, nothing_shown
from common.clock import utc
from common.errors import NotFoundError
from events.models import Event
from sales import blocks
from sales.enums import BlockKind, BlockStatus, HoldStep
from sales.models import Block


def postpone(
    *,
    event_id: int,
    starts_at: datetime,
    by: Actor,
    reason: str,
    now: datetime,
    shift_windows: bool = True,
    as_shown: AsShown = nothing_shown,
) -> list[Move]:
    """As ``allocations.postponing.postpone_event``. With ``shift_windows`` the ends of named holds that lie ahead move, too.

    Lock order (docs/ledger.md): the event, its holds, then stock. Needs a transaction.
    """
    try:
        event = lock_event(event_id)
    except Event.DoesNotExist:
        raise NotFoundError("There is no such event.") from None
    holds = list(_active(event).select_for_update(of=("self",))) if shift_windows else []
    moves = postpone_event(
        event_id=event_id,
        starts_at=starts_at,
        by=by,
        reason=reason,
        now=now,
        shift_windows=shift_windows,
        as_shown=as_shown,
    )
    for hold, end in _moved(event, holds, starts_at, now):
        changes = [{"what": "hands_back_at", "before": utc(hold.hands_back_at), "after": utc(end)}]
        hold.expires_at = hold.hands_back_at = end
        hold.save(update_fields=("expires_at", "hands_back_at"))
        blocks.note_change(hold, HoldStep.CHANGED, changes, by=by, reason=reason, at=now)
    return moves


def holds_that_move(event: Event, starts_at: datetime, now: datetime) -> int:
    """How many named holds of the event would end at another time with it."""
    return sum(1 for _move in _moved(event, list(_active(event)), starts_at, now))


def _active(event: Event) -> "QuerySet[Block]":
    holds = Block.objects.filter(event=event, kind=BlockKind.NAMED, status=BlockStatus.ACTIVE)
    return holds.order_by("pk")


def _moved(
    event: Event, holds: Sequence[Block], starts_at: datetime, now: datetime
) -> Iterator[tuple[Block, datetime]]:
    """Holds with their new ends. One that would be over already by an earlier date keeps its own."""
    for hold in holds:
        end = moved_along(event, starts_at, hold.hands_back_at)
        if hold.hands_back_at > now and end > now and end != hold.hands_back_at:
            yield hold, end
