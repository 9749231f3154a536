"""Stop-sell: an event, item, channel or listing is closed for new sales, with a reason.

Needs a transaction. What is held may still be confirmed.
"""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from allocations.models import Listing, SalesChannel
from common.actor import Actor
from common.errors import InvalidInputError
from common.history import save_because
from events.enums import EventStatus
from events.models import Event, Item

Stoppable = Event | Item | SalesChannel | Listing
LONGEST_REASON = 200


def stop_selling(*, target: Stoppable, by: Actor, reason: str) -> None:
    """Close for new sales; sellers are told the reason. Raises ``InvalidInputError`` without one."""
    told = reason.strip()
    if not 1 <= len(told) <= LONGEST_REASON:
        raise InvalidInputError(
            f"The reason has 1 to {LONGEST_REASON} characters, not {len(told)}: sellers are told it.",
            field="reason",
        )
    _set(target, told, by, told)


def resume_selling(*, target: Stoppable, by: Actor, reason: str) -> None:
    """Open again what was stopped; what else is stopped stays so."""
    _set(target, "", by, reason)


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


def _set(target: Stoppable, stop_reason: str, by: Actor, reason: str) -> None:
    lock_events_of([target])
    target.refresh_from_db(fields=("stop_reason",))
    if target.stop_reason != stop_reason:
        target.stop_reason = stop_reason
        save_because(target, reason, by=by, fields=("stop_reason",))


def _events_of(target: Stoppable) -> Q:
    if isinstance(target, Event):
        return Q(pk=target.pk)
    if isinstance(target, SalesChannel):
        listed = Listing.objects.filter(channel=target).values("event")
        return Q(pk__in=listed)
    return Q(pk=target.event_id)


def listings_that_would_sell(event: Event) -> int:
    """How many of an event could, once it is on sale; its own stop counts."""
    if event.stop_reason:
        return 0
    found = Listing.objects.filter(event=event, is_on=True)
    open_ones = dict.fromkeys(("stop_reason", "item__stop_reason", "channel__stop_reason"), "")
    return found.filter(**open_ones).count()


def selling_listings(target: Stoppable) -> QuerySet[Listing]:
    """The listings of the target that are on, of events on sale, and nowhere stopped but by it."""
    own, by = Q(pk=target.pk), "stop_reason"
    stopped = {"stop_reason", "item__stop_reason", "channel__stop_reason", "event__stop_reason"}
    match target:
        case Event():
            own, by = Q(event=target), "event__stop_reason"
        case Item():
            own, by = Q(item=target), "item__stop_reason"
        case SalesChannel():
            own, by = Q(channel=target), "channel__stop_reason"
    found = Listing.objects.filter(own, is_on=True, event__status=EventStatus.ON_SALE)
    return found.filter(**dict.fromkeys(stopped - {by}, ""))
