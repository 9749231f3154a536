"""Transfers by what a person types of where they go."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from common.typed import Typed, has_each, is_one_of
from events.selectors import events_named
from transfers.enums import TransferStatus
from transfers.models import Transfer

# No more than its line names: each table more doubles the time in which the statement is planned.
NAMED = ("event__venue", "pool", "source__channel", "target__channel")
ABOUT = ("event__name", "pool__name", "source__channel__name", "target__channel__name")


def find_transfers(user: User | AnonymousUser, typed: Typed, now: datetime) -> QuerySet[Transfer]:
    """At the person's venues, those that wait, and of an event that the words name also those that ended.

    Each word stands in the name of the event, the pool or one of the channels. What waits comes first.
    """
    transfers = Transfer.objects.filter(within_venues(user, "event__venue"))
    waits = Q(status=TransferStatus.REQUESTED)
    newest = transfers.select_related(*NAMED).order_by(
        ExpressionWrapper(waits, BooleanField()).desc(), "-pk"
    )
    if not typed.words:
        return newest
    if typed.uuid is not None:
        return newest.filter(uuid=typed.uuid)
    of_events = is_one_of("event_id", events_named(user, typed, now))
    return newest.filter(waits | of_events, has_each(typed, *ABOUT))
