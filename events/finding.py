"""Events and items by what a person types of their names."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from common.typed import Typed, has, has_one, is_one_of
from events.models import Event, Item, Series, Venue
from events.selectors import nearest_first


def find_events(user: User | AnonymousUser, typed: Typed, now: datetime) -> QuerySet[Event]:
    """At the person's venues: each word stands in the name, or in that of its series, its venue or the venue's city.

    What begins as typed comes first, then what is nearest in time.
    """
    series = Series.objects.filter(within_venues(user, "venue")).order_by()
    venues = Venue.objects.filter(within_venues(user, "pk")).order_by()
    words = [
        has("name", word)
        | is_one_of("series_id", series.filter(has("name", word)).values("pk"))
        | is_one_of("venue_id", venues.filter(has("name", word) | has("city", word)).values("pk"))
        for word in typed.words
    ]
    events = Event.objects.filter(*words, within_venues(user, "venue"))
    return events.select_related("venue").order_by(
        _begins("name", typed).desc(), *nearest_first(now), "pk"
    )


def find_items(user: User | AnonymousUser, typed: Typed, now: datetime) -> QuerySet[Item]:
    """At the person's venues: a word stands in the item's name, each of the others there or in its event's."""
    words = [
        has("name", word)
        | Q(event__in=Event.objects.filter(has("name", word)).order_by().values("pk"))
        for word in typed.words[1:] and typed.words
    ]
    items = Item.objects.filter(has_one("name", typed), *words, within_venues(user, "event__venue"))
    return items.select_related("event__venue").order_by(
        _begins("name", typed).desc(), *nearest_first(now, "event__"), "event", "position", "pk"
    )


def _begins(path: str, typed: Typed) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(Q(**{f"{path}__istartswith": typed.text}), BooleanField())
