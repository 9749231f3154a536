"""Reads of transfers that more than one page needs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import connection
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


@dataclass(frozen=True, slots=True)
class Bounds:
    """Whether a stock row can sell what it gets, now or later, and whether others may take of it."""

    can_sell: bool
    is_protected: bool


def bounds_of(stock_ids: Collection[int], now: datetime) -> dict[int, Bounds]:
    """Of each row; the database has the last word of both."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, transfers_row_can_sell(s.id, %s), transfers_is_protected(s.event_id, s.id)"
            " FROM allocations_stock s WHERE s.id = ANY (%s)",
            [now, list(stock_ids)],
        )
        return {pk: Bounds(sells, protected) for pk, sells, protected in cursor.fetchall()}
