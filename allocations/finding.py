"""Sales channels by what a person types of their names."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import SalesChannel
from common.typed import Typed, has_each


def find_channels(user: User | AnonymousUser, typed: Typed) -> QuerySet[SalesChannel]:
    """At the person's venues: each word stands in the name, the code, or the venue's name or city.

    Channels are few beside what they sell, and are read through.
    """
    channels = SalesChannel.objects.filter(
        has_each(typed, "name", "code", "venue__name", "venue__city"), within_venues(user, "venue")
    )
    return channels.select_related("venue").order_by("name", "venue__name", "pk")
