"""Which saved views a person has, and what of a list's address is saved."""

from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.models import User
from alerts.selectors import teams_with
from planning.models import SavedView

# Of an address, what says no more than where somebody was: the page, an error, a popup.
PASSING = frozenset({"p", "e", "all", "_popup", "_to_field", "_facets", "_changelist_filters"})


def query_of(asked: QueryDict) -> str:
    """Filters, search and order of a list's address; empty where it has none."""
    kept = QueryDict(mutable=True)
    for name in sorted(asked):
        values = [value for value in asked.getlist(name) if value]
        if name not in PASSING and values:
            kept.setlist(name, values)
    return kept.urlencode()


def visible_to(user: User) -> "QuerySet[SavedView]":
    """The person's own, and those that are shared with a team of which the person is."""
    return SavedView.objects.filter(Q(owner=user) | Q(team__in=teams_with(user)))


def views_for(user: User, listing: str) -> list[SavedView]:
    return list(visible_to(user).filter(listing=listing).select_related("owner"))
