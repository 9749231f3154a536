"""Through which sales channels a person sells, and of which a person sees the listings."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.selectors import within_venues
from allocations.enums import ChannelKind
from allocations.models import SalesChannel

MAY_SELL = "sales.sell_booking"
MAY_SET_UP = "allocations.change_listing"


def selling_channels(user: User | AnonymousUser) -> QuerySet[SalesChannel]:
    """Those given to the person; at a venue of which none was given, its physical ones.

    Whether the person may sell at all is a permission, and is not asked here. A superuser sells through all.
    """
    own = SalesChannel.objects.filter(within_venues(user, "venue"))
    if user.is_superuser or not isinstance(user, User):
        return own
    assigned = user.channels.order_by()
    counter = Q(kind=ChannelKind.PHYSICAL) & ~Q(venue__in=assigned.values("venue"))
    return own.filter(Q(pk__in=assigned.values("pk")) | counter)


def sees_all_listings(user: User | AnonymousUser) -> bool:
    """At the person's venues. Who sells, and sets up no listings, sees those of channels to sell through alone."""
    return not user.has_perm(MAY_SELL) or user.has_perm(MAY_SET_UP)


def listed_channels(user: User | AnonymousUser) -> QuerySet[SalesChannel]:
    """Those of which the person sees listings and prices."""
    if sees_all_listings(user):
        return SalesChannel.objects.filter(within_venues(user, "venue"))
    return selling_channels(user)
