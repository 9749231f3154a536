"""Stop-sell: an event, item, channel or listing is closed for new sales, with a reason.

What is held may still be confirmed. A stop is a row of its own (``Stop``), which every sale looks at
and the ledger checks: it holds as soon as its one short transaction has committed, and waits for
nobody. The column ``stop_reason`` of what is stopped, and its history, follow in a second
transaction; where somebody else has the target locked, ``record_stops`` catches up later.
"""

import logging
from collections.abc import Sequence

from django.db import DatabaseError, connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from allocations.enums import Stopped
from allocations.models import Listing, SalesChannel, Stop
from common.actor import Actor
from common.after_commit import after_commit
from common.errors import InvalidInputError
from common.history import save_because
from events.live import announce_setup
from events.models import Event, Item
from events.selectors import RUNNING

Stoppable = Event | Item | SalesChannel | Listing
LONGEST_REASON = 200
KINDS: dict[type[models.Model], Stopped] = {
    Event: Stopped.EVENT,
    Item: Stopped.ITEM,
    SalesChannel: Stopped.CHANNEL,
    Listing: Stopped.LISTING,
}
MODELS = {kind: model for model, kind in KINDS.items()}

logger = logging.getLogger(__name__)


def stop_selling(*, target: Stoppable, by: Actor, reason: str) -> None:
    """As ``stop_selling_all``, for one."""
    stop_selling_all([target], by=by, reason=reason)


def resume_selling(*, target: Stoppable, by: Actor, reason: str) -> None:
    """As ``resume_selling_all``, for one."""
    resume_selling_all([target], by=by, reason=reason)


def stop_selling_all(targets: Sequence[Stoppable], *, by: Actor, reason: str) -> None:
    """Close for new sales; sellers are told the reason. Raises ``InvalidInputError`` without one.

    Runs in transactions of its own, and waits for no lock on a target.
    """
    text = reason.strip()
    if not 1 <= len(text) <= LONGEST_REASON:
        raise InvalidInputError(
            f"The reason has 1 to {LONGEST_REASON} characters, not {len(text)}: sellers are told it.",
            field="reason",
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO allocations_stop"
            " (kind, target_id, event_id, venue_id, reason, note, user_id, number, is_recorded)"
            " SELECT t.*, %(reason)s, %(reason)s, %(user)s::bigint,"
            " nextval('allocations_stop_number'), false"
            " FROM unnest(%(kinds)s::text[], %(ids)s::bigint[], %(events)s::bigint[],"
            " %(venues)s::bigint[]) AS t (kind, id, event, venue) ORDER BY t.kind, t.id"
            " ON CONFLICT (kind, target_id) DO UPDATE SET reason = excluded.reason,"
            " note = excluded.note, user_id = excluded.user_id, number = excluded.number,"
            " is_recorded = false WHERE allocations_stop.reason <> excluded.reason",
            {
                "reason": text,
                "user": by.user_id,
                "kinds": [KINDS[type(target)].value for target in targets],
                "ids": [target.pk for target in targets],
                "events": [_event_of(target) for target in targets],
                "venues": [
                    target.venue_id if isinstance(target, SalesChannel) else None
                    for target in targets
                ],
            },
        )
    _record_now(targets)


def resume_selling_all(targets: Sequence[Stoppable], *, by: Actor, reason: str) -> None:
    """Open again what was stopped; what else is stopped stays so. Waits for no lock on a target."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE allocations_stop s SET reason = '', note = %(reason)s,"
            " user_id = %(user)s::bigint, number = nextval('allocations_stop_number'),"
            " is_recorded = false FROM (SELECT id FROM allocations_stop"
            " WHERE (kind, target_id) IN (SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::bigint[]))"
            " AND reason <> '' ORDER BY kind, target_id FOR UPDATE) stopped"
            " WHERE s.id = stopped.id",
            {
                "reason": reason,
                "user": by.user_id,
                "kinds": [KINDS[type(target)].value for target in targets],
                "ids": [target.pk for target in targets],
            },
        )
    _record_now(targets)


def _event_of(target: Stoppable) -> int | None:
    match target:
        case Event():
            return target.pk
        case SalesChannel():
            return None
    return target.event_id


# --- The column and the history ------------------------------------------------------------------


def record_stops() -> int:
    """Record what was stopped or resumed while its own row was locked; returns how many were."""
    recorded = 0
    for kind, target_id in Stop.objects.filter(is_recorded=False).values_list("kind", "target_id"):
        try:
            recorded += _record(Stopped(kind), target_id)
        except DatabaseError:
            # One that is stuck holds up no other; it is tried again with the next round.
            logger.exception("The stop of %s %d could not be recorded.", kind, target_id)
    return recorded


def _record_now(targets: Sequence[Stoppable]) -> None:
    after_commit(lambda: announce_setup(_running_events_of(targets)))
    for target in targets:
        kind = KINDS[type(target)]
        try:
            _record(kind, target.pk)
        except DatabaseError:
            logger.exception(
                "The stop of %s %d is in force, and not recorded yet.", kind, target.pk
            )
    for model in KINDS:
        read_stops([target for target in targets if type(target) is model])


def _record(kind: Stopped, target_id: int) -> bool:
    """Write a stop into the row of its target, unless somebody else has that locked.

    The stop's own row is written last and only as it was read: who stops or resumes meanwhile
    waits for nothing that this holds.
    """
    with transaction.atomic():
        target = _lock(kind, target_id)
        if target is None:
            return False
        stop = Stop.objects.filter(kind=kind, target_id=target_id, is_recorded=False).first()
        if stop is None:
            return False
        if target.stop_reason != stop.reason:
            target.stop_reason = stop.reason
            save_because(target, stop.note, by=Actor(stop.user_id), fields=("stop_reason",))
        as_read = Stop.objects.filter(pk=stop.pk, number=stop.number)
        if stop.reason:
            as_read.update(is_recorded=True)
        else:
            as_read.delete()
        return True


def _lock(kind: Stopped, target_id: int) -> Stoppable | None:
    """The target, its events locked before it as everywhere; ``None`` where one of them is taken."""
    target: Stoppable | None = (
        MODELS[kind]._default_manager.filter(pk=target_id).first()  # type: ignore[assignment]
    )
    if target is None:
        return None
    events = Event.objects.filter(_events_of(target))
    locked = events.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    if len(locked.values_list("pk")) < events.count():
        return None
    own: QuerySet[models.Model] = MODELS[kind]._default_manager.filter(pk=target_id)
    return own.select_for_update(no_key=True, skip_locked=True).first()  # type: ignore[return-value]


def lock_events_of(targets: Sequence[Stoppable]) -> None:
    """Events before their parts and channels, as everywhere (docs/ledger.md).

    For several targets at once, before the first of them is changed: the write raises
    ``config_version`` on every event that it concerns.
    """
    concerned = Q(pk__in=())
    for target in targets:
        concerned |= _events_of(target)
    events = Event.objects.select_for_update(no_key=True).filter(concerned)
    list(events.order_by("pk").values("pk"))


def _events_of(target: Stoppable) -> Q:
    if isinstance(target, Event):
        return Q(pk=target.pk)
    if isinstance(target, SalesChannel):
        listed = Listing.objects.filter(channel=target).values("event")
        return Q(pk__in=listed)
    return Q(pk=target.event_id)


def _running_events_of(targets: Sequence[Stoppable]) -> set[int]:
    """The events whose screens show the stop; of a channel those that are on offer."""
    events = {target.pk for target in targets if isinstance(target, Event)}
    events |= {target.event_id for target in targets if isinstance(target, Item | Listing)}
    channels = [target.pk for target in targets if isinstance(target, SalesChannel)]
    if channels:
        listed = Listing.objects.filter(channel__in=channels, event__status__in=RUNNING)
        events.update(listed.order_by().values_list("event", flat=True).distinct())
    return events


# --- Reading ---------------------------------------------------------------------------------------


def read_stops(targets: Sequence[Stoppable]) -> None:
    """Let the ``stop_reason`` of rows of one model say what is so at this moment."""
    if not targets:
        return
    stops = Stop.objects.filter(
        kind=KINDS[type(targets[0])], target_id__in=[target.pk for target in targets]
    )
    reasons = dict(stops.values_list("target_id", "reason"))
    for target in targets:
        target.take_stop(reasons.get(target.pk, ""))


def stopped(kind: Stopped, path: str) -> Exists:
    """Whether what ``path`` leads to is stopped at this moment."""
    return Exists(Stop.objects.filter(kind=kind, target_id=OuterRef(path)).exclude(reason=""))


def why_stopped(kind: Stopped, path: str) -> Coalesce:
    """Why what ``path`` leads to is stopped at this moment; empty while it is not."""
    stop = Stop.objects.filter(kind=kind, target_id=OuterRef(path))
    return Coalesce(Subquery(stop.values("reason")), Value(""))
