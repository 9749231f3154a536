"""Reads of the live board: which events a person may watch, and an event's numbers now."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet, Sum

from accounts.models import User
from accounts.selectors import within_venues
from allocations.counters import Reading, read_setup
from allocations.enums import ChannelKind
from allocations.models import Listing, SalesChannel
from allocations.selectors import OUT_OF_SALE
from allocations.sellers import MAY_SELL, listed_channels, sees_all_listings, selling_channels
from allocations.setup import EventSetup
from boxoffice.doors import Hours
from events.enums import EventStatus
from events.models import Event, Pool

MAY_WATCH = "allocations.view_stock"


@dataclass(frozen=True, slots=True)
class Layout:
    """The set-up of an event, and the names that a screen needs beyond it, in display order."""

    setup: EventSetup
    venue: str
    hours: Hours
    channel_kinds: Mapping[int, ChannelKind]  # in the order of the enum, then by name


def watchable_events(user: User | AnonymousUser) -> QuerySet[Event]:
    """The events whose boards a person may see."""
    if not user.has_perm(MAY_WATCH):
        return Event.objects.none()
    return Event.objects.filter(within_venues(user, "venue")).select_related("venue")


def audience_of(user: User | AnonymousUser, event_id: int) -> frozenset[int] | None:
    """The channels whose listings a person sees on an event's board; ``None``: of all."""
    if sees_all_listings(user):
        return None
    listed = listed_channels(user).filter(venue__events=event_id)
    return frozenset(listed.values_list("pk", flat=True))


def counters_of(user: User | AnonymousUser) -> QuerySet[SalesChannel]:
    """The counters at which a person sells, by venue and name: places where buyers come to."""
    if not user.has_perm(MAY_SELL):
        return SalesChannel.objects.none()
    counters = selling_channels(user).filter(kind=ChannelKind.PHYSICAL)
    return counters.select_related("venue").order_by("venue__name", "name", "pk")


def events_on_sale(user: User | AnonymousUser) -> QuerySet[Event]:
    """Those on sale, soonest first, each pool with ``capacity``, its ``held`` and ``sold``, and what is ``out`` of sale."""
    pools = Pool.objects.annotate(
        held=Sum("stock__held", default=0), sold=Sum("stock__sold", default=0), out=OUT_OF_SALE
    ).order_by("position", "pk")  # sums over a group drop the model's own order
    return (
        watchable_events(user)
        .filter(status=EventStatus.ON_SALE)
        .order_by("starts_at", "pk")
        .prefetch_related(Prefetch("pools", queryset=pools))
    )


def is_listed(event_id: int, channel_id: int) -> bool:
    """Whether the channel's programs may know of the event; the API shows them the same ones.

    It lists something of it, and the event is no draft.
    """
    listings = Listing.objects.filter(event_id=event_id, channel_id=channel_id)
    return listings.exclude(event__status=EventStatus.DRAFT).exists()


def read_event(event_id: int) -> tuple[Layout, Reading] | None:
    """As ``read_setup``, with what a screen needs beyond the set-up."""
    setup_and_reading = read_setup(event_id)
    if setup_and_reading is None:
        return None
    setup, reading = setup_and_reading
    return _layout(setup), reading


def _layout(setup: EventSetup) -> Layout:
    event = Event.objects.select_related("venue").get(pk=setup.id)
    kinds = [ChannelKind(kind) for kind in ChannelKind.values]
    channels = sorted(
        SalesChannel.objects.filter(pk__in=setup.channels).only("name", "kind"),
        key=lambda channel: (kinds.index(ChannelKind(channel.kind)), channel.name, channel.pk),
    )
    return Layout(
        setup=setup,
        venue=event.venue.name,
        hours=Hours.of(event),
        channel_kinds={channel.pk: ChannelKind(channel.kind) for channel in channels},
    )
