"""What a venue or an event still needs before it sells: read from what there is, in the order to do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.text import get_text_list
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from accounts.models import User
from alerts.models import AlertTeam, Endpoint
from allocations.enums import PlanStatus, StockKind
from allocations.models import AllocationPlan, Listing, SalesChannel, Stock
from allocations.sellable_sets import would_sell
from events.enums import EventStatus
from events.models import Event, Item, Pool, Venue

Key = Literal["channels", "people", "teams", "events", "pools", "items", "prices", "plan", "sale"]


@dataclass(frozen=True, slots=True)
class Step:
    """``summary``: what there is, in numbers. ``target``: the row that the next thing is done to."""

    key: Key
    is_done: bool
    summary: str
    is_needed: bool = True
    target: int | None = None


def next_of(steps: Sequence[Step]) -> Step | None:
    """The first thing that is needed and not there."""
    return next((step for step in steps if step.is_needed and not step.is_done), None)


def steps_of_venue(venue: Venue) -> list[Step]:
    events = dict(
        Event.objects.filter(venue=venue).order_by().values_list("status").annotate(Count("pk"))
    )
    total = sum(events.values())
    on_sale = events.get(EventStatus.ON_SALE, 0)
    draft = (
        Event.objects.filter(venue=venue, status=EventStatus.DRAFT).order_by("-pk").first()
        if events.get(EventStatus.DRAFT)
        else None
    )
    summary = ngettext("%d event", "%d events", total) % total
    if on_sale:
        summary += ", " + _t("%d on sale") % on_sale
    return [
        _channels(venue),
        Step("events", total > 0, summary, target=draft.pk if draft else None),
        _people(venue),
        _teams(venue),
    ]


def steps_of_event(event: Event) -> list[Step]:
    """While it is set up; none later."""
    if event.status != EventStatus.DRAFT:
        return []
    return [
        _channels(event.venue),
        _pools(event),
        _items(event),
        _prices(event),
        _plan(event),
        _sale(event),
    ]


def _channels(venue: Venue) -> Step:
    count = SalesChannel.objects.filter(venue=venue).count()
    summary = ngettext("%d channel", "%d channels", count) % count
    return Step("channels", count > 0, summary if count else _t("None yet"))


def _people(venue: Venue) -> Step:
    count = User.objects.filter(venues=venue, is_active=True, is_staff=True).count()
    summary = ngettext("%d person works here", "%d people work here", count) % count
    return Step("people", count > 0, summary if count else _t("Nobody yet"), is_needed=False)


def _teams(venue: Venue) -> Step:
    """Whom alerts reach: people of a team, or an address that it shares."""
    own = AlertTeam.objects.filter(venue=venue)
    reached = (
        Endpoint.objects.filter(Q(team__venue=venue) | Q(person__venues=venue), is_active=True)
        .distinct()
        .count()
    )
    summary = _t("%(teams)s, %(addresses)s") % {
        "teams": ngettext("%d team", "%d teams", own.count()) % own.count(),
        "addresses": ngettext("%d address", "%d addresses", reached) % reached,
    }
    return Step("teams", reached > 0, summary, is_needed=False)


def _pools(event: Event) -> Step:
    pools = list(Pool.objects.filter(event=event).values_list("name", "capacity"))
    summary = ", ".join(f"{name} {capacity:,}" for name, capacity in pools[:2])
    if len(pools) > 2:  # noqa: PLR2004 - named already
        summary += " " + _t("and %d more") % (len(pools) - 2)
    done = any(capacity for _name, capacity in pools)
    return Step("pools", done, summary or _t("None yet"))


def _items(event: Event) -> Step:
    """Each takes from a pool, or it cannot be sold."""
    items = Item.objects.filter(event=event).annotate(parts=Count("components"))
    count = items.count()
    without = items.filter(parts=0).order_by("position", "pk").first()
    summary = ngettext("%d item", "%d items", count) % count if count else _t("None yet")
    if without is not None:
        summary = _t("%s takes from no pool") % without.name
    return Step(
        "items", count > 0 and without is None, summary, target=without.pk if without else None
    )


def _prices(event: Event) -> Step:
    on = Listing.objects.filter(event=event, is_on=True)
    count = on.count()
    channels = on.order_by().values("channel").distinct().count()
    summary = _t("%(prices)s through %(channels)s") % {
        "prices": ngettext("%d price", "%d prices", count) % count,
        "channels": ngettext("%d channel", "%d channels", channels) % channels,
    }
    return Step("prices", count > 0, summary if count else _t("None yet"))


def _plan(event: Event) -> Step:
    """Done where in each pool some channel has units, or draws on stock that has some."""
    some = Stock.objects.filter(
        Q(quantity__gt=0) | Q(draws_on__quantity__gt=0),
        kind=StockKind.CHANNEL,
        pool=OuterRef("pk"),
    )
    planned = AllocationPlan.objects.filter(pool=OuterRef("pk"), status=PlanStatus.IN_FORCE)
    pools = list(
        Pool.objects.filter(event=event)
        .order_by("position", "pk")
        .annotate(given=Exists(some), planned=Exists(planned))
    )
    lacking = [pool for pool in pools if not pool.given]
    summary = _t("Nobody has a part yet")
    if pools and not lacking:
        summary = (
            _t("In force") if all(pool.planned for pool in pools) else _t("Parts are given by hand")
        )
        if without := _priced_without_part(event):
            summary += ". " + ngettext(
                "%(names)s has none", "%(names)s have none", len(without)
            ) % {"names": get_text_list(without, _t("and"))}
    elif len(pools) > len(lacking):
        summary = _t("%s is given to nobody") % lacking[0].name
    target = lacking[0] if lacking else (pools[0] if pools else None)
    return Step("plan", bool(pools) and not lacking, summary, target=target.pk if target else None)


def _priced_without_part(event: Event) -> list[str]:
    """The channels that list something, and have no unit of any pool to sell or to draw on."""
    some = Stock.objects.filter(
        Q(quantity__gt=0) | Q(draws_on__quantity__gt=0),
        kind=StockKind.CHANNEL,
        event=event,
        channel=OuterRef("pk"),
    )
    listing = Listing.objects.filter(event=event, is_on=True, channel=OuterRef("pk"))
    channels = SalesChannel.objects.filter(Exists(listing), ~Exists(some)).order_by("name")
    return list(channels.values_list("name", flat=True))


def _sale(event: Event) -> Step:
    count = would_sell(event).listings
    summary = ngettext("%d listing would sell", "%d listings would sell", count) % count
    return Step("sale", is_done=False, summary=summary)
