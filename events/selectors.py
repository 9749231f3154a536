"""Reads of events that more than one page needs."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThan

from accounts.models import User
from accounts.selectors import within_venues
from common.typed import Typed, has, has_one
from events.enums import Changing, EventStatus
from events.models import Commit, Event, Venue

# What a venue has on offer, or will have again.
RUNNING = (EventStatus.ON_SALE, EventStatus.PAUSED)
# No event without an end lasts longer, from when it starts.
LONGEST_WITHOUT_END = timedelta(days=3)
A_DAY = timedelta(days=1)


def day_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The midnight that began the present day on the zone's clock."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)


def not_over(now: datetime, path: str = "") -> Q:
    """Events that are not over on their venues' own clocks (``events.day``).

    ``path`` leads from the filtered model to the event: ``event__`` for a listing.
    """
    # The first condition of what has no end is for the index; the second one decides.
    without_end = {f"{path}ends_at": None, f"{path}starts_at__gt": now - LONGEST_WITHOUT_END}
    end = Func(_day_of(path), function="upper", output_field=DateTimeField())
    return Q(**{f"{path}ends_at__gt": now}) | Q(**without_end) & Q(GreaterThan(end, now))


def _day_of(path: str) -> Func:
    columns = ("starts_at", "ends_at", "all_day", "opens_at", "closes_at", "venue__time_zone")
    return Func(
        *(F(f"{path}{column}") for column in columns),
        function="events_day",
        output_field=DateTimeRangeField(),
    )


def running_events(venue: Venue, now: datetime) -> QuerySet[Event]:
    """The venue's events that are on sale or paused and not over, soonest first."""
    return Event.objects.filter(not_over(now), venue=venue, status__in=RUNNING)


# A commit takes a moment from its stamp to where others see it, and clocks differ.
COMMIT_MARGIN = timedelta(minutes=1)


def changed_since(kind: Changing, moment: datetime) -> QuerySet[Commit, int]:
    """What was changed since then, by the moments of commits: the keys, for a subquery.

    What changed in the minute before may be among it; nothing that is seen only since is missing,
    however long its transaction has run.
    """
    commits = Commit.objects.filter(kind=kind, at__gte=moment - COMMIT_MARGIN)
    return commits.values_list("target_id", flat=True)


def nearest_first(now: datetime, path: str = "") -> tuple[OrderBy, OrderBy]:
    """An order of events: what comes, soonest first, then what was, from the last one back."""
    starts = F(f"{path}starts_at")
    is_past = ExpressionWrapper(Q(**{f"{path}starts_at__lt": now - A_DAY}), BooleanField())
    at = Value(now, DateTimeField())
    return is_past.asc(), Greatest(starts - at, at - starts).asc()


# So many events of a name lead to what belongs to them.
MAX_NAMED = 50


def events_named(user: User | AnonymousUser, typed: Typed, now: datetime) -> QuerySet[Event, Any]:
    """The person's events whose names hold at least one of the words: the keys, for a subquery.

    Those that hold more of them come first.
    """
    held = sum(
        (Case(When(has("name", word), then=1), default=0) for word in typed.words),
        Value(0),
    )
    events = Event.objects.filter(within_venues(user, "venue"), has_one("name", typed))
    return events.order_by(-held, *nearest_first(now)).values("pk")[:MAX_NAMED]
