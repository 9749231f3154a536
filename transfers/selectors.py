"""Reads of transfers that more than one page needs."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from events.models import Event
from transfers.enums import TransferStatus
from transfers.models import ChangeRequest, Transfer, TransferRule

SEE = "transfers.view_transfer"
REQUEST = "transfers.request_transfer"
APPROVE = "transfers.approve_transfer"

# What the rows of a transfer's page, list and evidence name.
RELATED = (
    "event__venue",
    "pool",
    "source__pool",
    "source__channel",
    "target__pool",
    "target__channel",
    "requested_by",
    "decided_by",
    "asking_channel",
    "rule",
)


def waiting(now: datetime) -> Q:
    """What somebody has to decide: not what has lapsed and is not swept yet."""
    return Q(status=TransferStatus.REQUESTED, lapses_at__gt=now)


def count_waiting(user: User | AnonymousUser, now: datetime) -> int:
    """At the person's venues, transfers and other changes."""
    own = (waiting(now), within_venues(user, "event__venue"))
    transfers, changes = (
        model._default_manager.filter(*own).order_by().values("pk")
        for model in (Transfer, ChangeRequest)
    )
    return transfers.union(changes, all=True).count()


def changes_waiting(user: User | AnonymousUser, now: datetime) -> list[ChangeRequest]:
    """What takes units by another way than a transfer and waits at the person's venues: what lapses first."""
    changes = ChangeRequest.objects.filter(waiting(now), within_venues(user, "event__venue"))
    return list(changes.select_related("event", "requested_by").order_by("lapses_at", "pk")[:100])


def rules_for(event: Event) -> QuerySet[TransferRule]:
    """Those of the event itself and those of its venue for all events, also what is switched off."""
    own = TransferRule.objects.filter(event=event)
    of_venue = TransferRule.objects.filter(venue=event.venue_id, event=None)
    rules = (own | of_venue).order_by("-is_active", "event", "name", "pk")
    return rules.prefetch_related("sources", "targets")
