"""The policy that holds for an event, and what follows from it for people.

Whether an approval is needed is for the database to say (``transfers_needs()``), and it has the last word.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q

from accounts.models import User
from allocations.models import Stock
from events.models import Event
from transfers.enums import Origin
from transfers.errors import MayNotDecideError
from transfers.models import ChangeRequest, Transfer, TransferPolicy

# Why a person stands behind what no person has asked for.
ANSWERS = {
    Origin.PARTNER: "You have issued the key that asks for it",
    Origin.RULE: "You have written the rule that asks for it",
    Origin.DYNAMIC: "You have applied the plan that asks for it",
    Origin.BUFFER: "You have set the safety buffer that asks for it",
    Origin.PERSON: "You have asked for it yourself",
}


def policy_of(event: Event) -> TransferPolicy:
    """The event's own policy, else its venue's."""
    policies = TransferPolicy.objects.filter(Q(event=event) | Q(venue=event.venue_id))
    return policies.order_by(F("event").asc(nulls_last=True))[0]


def policies_of(events: Iterable[Event]) -> dict[int, TransferPolicy]:
    """The policy of each event by its id, in one statement and three for the roles and channels that it names."""
    events = list(events)
    policies = TransferPolicy.objects.filter(
        Q(event__in=events) | Q(venue__in={event.venue_id for event in events})
    ).prefetch_related("approvers", "always", "protected")
    own = {policy.event_id: policy for policy in policies if policy.event_id}
    of_venue = {policy.venue_id: policy for policy in policies if policy.venue_id}
    return {event.pk: own.get(event.pk) or of_venue[event.venue_id] for event in events}


def is_protected(policy: TransferPolicy, source: Stock, asking_channel_id: int | None) -> bool:
    """Whether nobody but its own partner may take units of the row."""
    return (
        source.channel_id is not None
        and source.channel_id != asking_channel_id
        and source.channel in policy.protected.all()
    )


def lapses_at(policy: TransferPolicy, event: Event, now: datetime) -> datetime:
    """When a request that nobody decides ends: at the latest with the event's sales."""
    return min(now + timedelta(hours=policy.lapse_hours), event.sales_close)


def require_decider(user: User, transfers: Iterable[Transfer]) -> None:
    """Raises ``MayNotDecideError`` naming what this person may not decide, and why."""
    transfers = list(transfers)
    policies = policies_of(transfer.event for transfer in transfers)
    roles = set(user.groups.values_list("pk", flat=True))
    for transfer in transfers:
        policy = policies[transfer.event_id]
        if transfer.four_eyes and transfer.requested_by_id == user.pk:
            raise MayNotDecideError(f"You have asked for it yourself: {transfer}.")
        if transfer.four_eyes and transfer.answerable_id == user.pk:
            raise MayNotDecideError(f"{ANSWERS[Origin(transfer.origin)]}: {transfer}.")
        needed = {group.pk: group.name for group in policy.approvers.all()}
        if needed and not user.is_superuser and roles.isdisjoint(needed):
            raise MayNotDecideError(
                f"{transfer}: this is decided by {', '.join(sorted(needed.values()))}."
            )


def require_change_decider(user: User, change: ChangeRequest) -> None:
    """Raises ``MayNotDecideError`` for who has asked for the change, or has not a role that is needed."""
    if change.four_eyes and change.requested_by_id == user.pk:
        raise MayNotDecideError(f"You have asked for it yourself: {change}.")
    needed = {group.pk: group.name for group in policy_of(change.event).approvers.all()}
    roles = set(user.groups.values_list("pk", flat=True))
    if needed and not user.is_superuser and roles.isdisjoint(needed):
        raise MayNotDecideError(f"This is decided by {', '.join(sorted(needed.values()))}.")
