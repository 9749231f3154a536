"""Which venues a person may see: the one place that decides it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User


def within_venues(user: User | AnonymousUser, path: str) -> Q:
    """A filter that keeps what belongs to the person's venues.

    ``path`` leads from the filtered model to the venue: ``pk`` for a venue itself,
    ``event__venue`` for something of an event.
    """
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=())
    if user.is_superuser:
        return ~Q(**{f"{path}__in": rehearsals()})
    return Q(**{f"{path}__in": user.venues.values("pk")})


def within_any_venue(user: User | AnonymousUser, *paths: str) -> Q:
    """The same for what hangs on a venue by one of several ways."""
    if user.is_authenticated and user.is_superuser:
        return Q(*(within_venues(user, path) for path in paths))  # of no way a rehearsal's
    return Q(*(within_venues(user, path) for path in paths), _connector=Q.OR)


def rehearsals() -> "QuerySet[Any, Any]":
    """The venues of rehearsals: the one reader of the flag. No person works for one (``events/sql/guards.sql``).

    Whoever reads rows of all venues at once leaves those of these venues out. Their keys, for a subquery.
    """
    venues = User._meta.get_field("venues").related_model._default_manager
    return venues.filter(is_rehearsal=True).order_by().values("pk")
