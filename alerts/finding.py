"""Alerts by what a person types of what they are about."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from alerts.enums import STANDING, Kind
from alerts.models import Alert
from common.typed import Typed, has, is_one_of
from events.selectors import events_named

ABOUT = ("event__name", "pool__name", "channel__name", "venue__name")


def find_alerts(user: User | AnonymousUser, typed: Typed, now: datetime) -> QuerySet[Alert]:
    """At the person's venues, what stands, and of an event that the words name also what was.

    Each word stands in the name of the event, pool, channel or venue, or in that of the alert's kind. What stands
    comes first, and of it what is new.
    """
    # No more than its line names: each table more doubles the time in which the statement is planned.
    alerts = Alert.objects.filter(within_venues(user, "venue")).select_related("event", "venue")
    stands = Q(status__in=STANDING)
    newest = alerts.order_by(ExpressionWrapper(stands, BooleanField()).desc(), "-pk")
    if not typed.words:
        return newest
    if typed.uuid is not None:
        return newest.filter(uuid=typed.uuid)
    words = [_is_about(word) for word in typed.words]
    return newest.filter(stands | is_one_of("event_id", events_named(user, typed, now)), *words)


def _is_about(word: str) -> Q:
    kinds = [kind for kind in Kind if word.casefold() in str(kind.label).casefold()]
    return Q(*(has(path, word) for path in ABOUT), Q(kind__in=kinds), _connector=Q.OR)
