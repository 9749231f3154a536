"""Which venues a person may see: the one place that decides it."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User


def within_venues(user: User | AnonymousUser, path: str) -> Q:
    """A filter that keeps what belongs to the person's venues.

    ``path`` leads from the filtered model to the venue: ``pk`` for a venue itself,
    ``event__venue`` for something of an event.
    """
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=())
    if user.is_superuser:
        return Q()
    return Q(**{f"{path}__in": user.venues.values("pk")})
