"""Changes that take units, or their use, from channels and wait for another person's approval.

Lock order (docs/ledger.md): the request, then what the change itself locks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.dateparse import parse_datetime

from accounts.models import User
from allocations import services as stock_services
from allocations.approval import Wanted
from allocations.errors import NeedsApprovalError
from allocations.kills import services as kills
from allocations.models import Listing, Stock
from allocations.plans.services import apply_draft
from common.actor import Actor
from common.clock import database_now
from common.errors import InvalidInputError, NotFoundError, RefusedError
from events.enums import ENDED
from events.models import Event, Item, Pool
from sales import limits
from sales import services as sales_services
from transfers import words
from transfers.changed import last_movement, tell_taken
from transfers.enums import ChangeKind, TransferStatus
from transfers.errors import AlreadyDecidedError
from transfers.judgment import constraint_of
from transfers.models import ChangeRequest
from transfers.policy import lapses_at, policy_of, require_change_decider
from transfers.services import require_possible


def ask(
    change: Wanted, refusal: NeedsApprovalError, *, by: Actor, reason: str, now: datetime
) -> ChangeRequest:
    """Keep what was refused until somebody decides it.

    Raises ``NoTransferError`` of an event that is over, ``AlreadyDecidedError`` when the same waits already.
    """
    event = Event.objects.select_related("venue").get(pk=change.event_id)
    require_possible(event, now)
    asker = User.objects.get(pk=by.user_id or 0)
    try:
        with transaction.atomic():
            return ChangeRequest.objects.create(
                event=event,
                kind=change.kind,
                subject=change.subject[:300],
                content=dict(change.content),
                takes=refusal.takes[:500],
                needs=list(refusal.needs),
                reason=reason.strip()[:300],
                internal_note=by.internal_note,
                requested_at=now,
                requested_by=asker,
                lapses_at=lapses_at(policy_of(event), event, now),
            )
    except IntegrityError as error:
        if constraint_of(error) != "changerequest_asked_once":
            raise
        raise AlreadyDecidedError(
            f"A change of {change.subject} waits for an approval already. Withdraw it first."
        ) from error


def keep(change: Wanted, refusal: NeedsApprovalError, by: Actor, reason: str, now: datetime) -> str:
    """As ``allocations.approval`` wants it kept: asks, and says that it waits."""
    made = ask(change, refusal, by=by, reason=reason, now=now)
    until = words.moment(made.lapses_at, made.event.venue.zone)
    return f"{refusal.detail} It waits for that until {until}: see Approvals."


def approve(request_id: int, *, by: User, note: str, now: datetime) -> ChangeRequest:
    """Approve a change that waits, and carry it out as its asker has asked: EXECUTED, or FAILED with why.

    Raises ``AlreadyDecidedError`` when it waits no more, ``MayNotDecideError``, ``NoTransferError`` of an event
    that is over, ``NotFoundError``.
    """
    with transaction.atomic():
        change = _decide(request_id, by, note, TransferStatus.APPROVED, now)
        require_possible(change.event, now)
        change.save()
        _carry_out(change, now)
        change.ended_at = now
        change.save()
    return change


def reject(request_id: int, *, by: User, note: str, now: datetime) -> ChangeRequest:
    """Reject a change that waits, with why. Raises as ``approve``."""
    if not note.strip():
        raise InvalidInputError(
            "Say why it is rejected: the person who asked reads it.", field="reason"
        )
    with transaction.atomic():
        change = _decide(request_id, by, note, TransferStatus.REJECTED, now)
        change.ended_at = now
        change.save()
    return change


def withdraw(request_id: int, *, note: str, now: datetime) -> ChangeRequest:
    """Take a request back. Raises ``AlreadyDecidedError`` when it waits no more."""
    with transaction.atomic():
        change = _lock(request_id, now)
        change.status, change.note, change.ended_at = TransferStatus.CANCELLED, note[:300], now
        change.save()
    return change


def lapse_due(now: datetime) -> int:
    """End what nobody has decided in time, or whose event is over; returns how many."""
    waiting = ChangeRequest.objects.filter(status=TransferStatus.REQUESTED)
    due = waiting.filter(lapses_at__lte=now) | waiting.filter(event__status__in=ENDED)
    with transaction.atomic():
        locked = due.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        return ChangeRequest.objects.filter(pk__in=[change.pk for change in locked[:500]]).update(
            status=TransferStatus.LAPSED, ended_at=now, note="Nobody has decided it in time."
        )


def _decide(
    request_id: int, by: User, note: str, status: TransferStatus, now: datetime
) -> ChangeRequest:
    # Several machines agree on the database's clock.
    change = _lock(request_id, max(now, database_now()))
    require_change_decider(by, change)
    change.status, change.note = status, note.strip()[:300]
    change.decided_at, change.decided_by = now, by
    return change


def _lock(request_id: int, now: datetime) -> ChangeRequest:
    change = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .select_related("event__venue", "requested_by")
        .filter(pk=request_id)
        .first()
    )
    if change is None:
        raise NotFoundError("There is no such request.")
    if change.status != TransferStatus.REQUESTED:
        status = str(TransferStatus(change.status).label).lower()
        raise AlreadyDecidedError(f"{change} is {status} already.", status=change.status)
    if change.lapses_at <= now:
        raise AlreadyDecidedError(
            f"{change} has lapsed: nobody decided it in time.", status=TransferStatus.LAPSED
        )
    return change


# --- Doing it -------------------------------------------------------------------------------------


def _carry_out(change: ChangeRequest, now: datetime) -> None:
    """EXECUTED, or FAILED with why and nothing done. Not saved yet."""
    by = Actor(user_id=change.requested_by_id).noting(change.internal_note)
    newest = last_movement(change)
    try:
        with transaction.atomic(), _approved(change):
            WORK[ChangeKind(change.kind)](change, by, now)
            tell_taken(change, newest)
    except RefusedError as refusal:
        change.status, change.failure = TransferStatus.FAILED, refusal.detail[:500]
    else:
        change.status = TransferStatus.EXECUTED


@contextmanager
def _approved(change: ChangeRequest) -> Iterator[None]:
    """Within it the database lets pass what this change takes; it knows the request by its number.

    What fails is rolled back, and the name with it.
    """
    _name_request(str(change.pk))
    yield
    _name_request("")


def _name_request(number: str) -> None:
    with connection.cursor() as cursor:
        # For this transaction alone: nothing is left on the connection.
        cursor.execute("SELECT set_config('finlo.change_request', %s, true)", [number])


def _apply_plan(change: ChangeRequest, by: Actor, now: datetime) -> None:
    pool = Pool.objects.select_related("event__venue").get(pk=change.content["pool"])
    apply_draft(
        pool=pool, revision=change.content["revision"], by=by, reason=change.reason, now=now
    )


def _set_drawing(change: ChangeRequest, by: Actor, now: datetime) -> None:
    del now
    content = change.content
    rows = Stock.objects.select_related("pool", "channel").in_bulk(
        [pk for pk in (content["row"], content["draws_on"]) if pk]
    )
    stock_services.set_drawing(
        row=rows[content["row"]],
        draws_on=rows.get(content["draws_on"]),
        draws_from=_moment(content["draws_from"]),
        draws_until=_moment(content["draws_until"]),
        ceiling=content["ceiling"],
        by=by,
        reason=change.reason,
    )


def _set_limit(change: ChangeRequest, by: Actor, now: datetime) -> None:
    del now
    terms: dict[str, Any] = {"limit": change.content["limit"], "by": by, "reason": change.reason}
    if "item" in change.content:
        limits.set_item_limit(item=Item.objects.get(pk=change.content["item"]), **terms)
    else:
        listing = Listing.objects.get(pk=change.content["listing"])
        limits.set_listing_limit(listing=listing, **terms)


def _postpone(change: ChangeRequest, by: Actor, now: datetime) -> None:
    starts_at = _moment(change.content["starts_at"])
    if starts_at is None:
        raise InvalidInputError("The request does not say when the event starts.")
    sales_services.postpone(
        event_id=change.event_id,
        starts_at=starts_at,
        by=by,
        reason=change.reason,
        now=now,
        shift_windows=change.content["shift_windows"],
    )


def _take_out(change: ChangeRequest, by: Actor, now: datetime) -> None:
    del now
    source = Stock.objects.select_related("pool", "channel").get(pk=change.content["row"])
    kills.take_out(source=source, units=change.content["units"], by=by, reason=change.reason)


WORK: dict[ChangeKind, Callable[[ChangeRequest, Actor, datetime], None]] = {
    ChangeKind.PLAN: _apply_plan,
    ChangeKind.DRAWING: _set_drawing,
    ChangeKind.LIMIT: _set_limit,
    ChangeKind.DATES: _postpone,
    ChangeKind.KILL: _take_out,
}


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
