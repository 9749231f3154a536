"""The channel map: all channels of a venue by kind, with their traits, connection and stock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.selectors import within_venues
from alerts.selectors import contacts_of
from allocations.enums import REPORTS_LATE, ChannelKind, Pricing, may_lease
from allocations.selectors import ChannelMap, MappedChannel, channel_map
from backoffice.channels.connection import SEE_KEYS, Sign, signs
from backoffice.channels.picture import draw
from backoffice.kit.bars import stock_bar
from backoffice.kit.running import RunningFilter
from common.addresses import change_url
from common.text import number, price_range
from events.models import Event, Venue
from events.selectors import running_events

MAY_SEE = "allocations.view_saleschannel"
# The events that the page offers to choose from; any other is reached from its own page.
MAX_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Card:
    """One channel in words."""

    mapped: MappedChannel
    url: str
    share: float  # percent of all units
    bar: SafeString
    draws_on: tuple[str, ...]
    traits: tuple[str, ...]
    signs: list[Sign]
    listings_url: str
    stock_url: str
    keys_url: str


@dataclass(frozen=True, slots=True)
class Group:
    kind: ChannelKind
    cards: list[Card]

    @property
    def units(self) -> int:
        return sum(card.mapped.allocation.quantity for card in self.cards)


def show(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The map of ``?venue=``, by default the person's first, and of one ``?event=`` of it."""
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    site: AdminSite = model_admin.admin_site
    user = cast("User", request.user)
    venues = list(Venue.objects.filter(within_venues(user, "pk")))
    event = _event(request, user)
    venue = event.venue if event else _venue(request, venues)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Channel map"),
        "venues": venues,
        "venue": venue,
        "event": event,
    }
    if venue is not None:
        context |= _of_venue(request, venue, event)
    return render(request, "admin/channel_map.html", context)


def _event(request: HttpRequest, user: User) -> Event | None:
    """Raises ``Http404`` for an event that is not the person's, or not of the chosen venue."""
    number = request.GET.get("event", "")
    if not number:
        return None
    events = Event.objects.filter(within_venues(user, "venue")).select_related("venue")
    event = events.filter(pk=_number(number)).first()
    if event is None or request.GET.get("venue", str(event.venue_id)) != str(event.venue_id):
        raise Http404
    return event


def _venue(request: HttpRequest, venues: list[Venue]) -> Venue | None:
    number = request.GET.get("venue", "")
    if not number:
        return venues[0] if venues else None
    for venue in venues:
        if str(venue.pk) == number:
            return venue
    raise Http404


def _number(text: str) -> int:
    """Raises ``Http404`` for what is no number of a row."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(2**62)):
        raise Http404
    return int(text)


def _of_venue(request: HttpRequest, venue: Venue, event: Event | None) -> dict[str, Any]:
    now = timezone.now()
    venue_map = channel_map(venue, now, event)
    return {
        "map": venue_map,
        "picture": draw(venue_map) if venue_map.channels else None,
        "groups": _groups(request, venue_map, event, now),
        "events": running_events(venue, now).select_related("venue")[:MAX_EVENTS],
        "kinds": {kind.value: kind.label for kind in ChannelKind},
        "may_add": request.user.has_perm("allocations.add_saleschannel"),
        "event_url": change_url(event) if event else "",
    }


def _groups(
    request: HttpRequest, venue_map: ChannelMap, event: Event | None, now: datetime
) -> list[Group]:
    may = {
        name: request.user.has_perm(permission)
        for name, permission in (
            ("listing", "allocations.view_listing"),
            ("stock", "allocations.view_stock"),
            ("keys", SEE_KEYS),
        )
    }
    # The lists then show the rows that the map counts, and no more.
    of_events: dict[str, object] = (
        {"event__id__exact": event.pk}
        if event
        else {RunningFilter.parameter_name: RunningFilter.ON_OFFER}
    )
    contacts = contacts_of([entry.channel.pk for entry in venue_map.channels], now)
    cards: dict[str, list[Card]] = {kind: [] for kind in ChannelKind}
    for entry in venue_map.channels:
        of_channel: dict[str, object] = {"channel__id__exact": entry.channel.pk}
        query = of_channel | of_events
        cards[entry.channel.kind].append(
            Card(
                mapped=entry,
                url=change_url(entry.channel),
                share=100 * entry.allocation.quantity / venue_map.units if venue_map.units else 0.0,
                bar=stock_bar(entry.allocation),
                draws_on=tuple(name or _("open stock") for name in entry.allocation.draws_on),
                traits=tuple(traits(entry, venue_map.venue.currency)),
                signs=signs(
                    entry.channel,
                    entry.connection,
                    contacts[entry.channel.pk],
                    now,
                    zone=venue_map.venue.zone,
                    keys=may["keys"],
                ),
                listings_url=_list("allocations_listing", query, may["listing"]),
                stock_url=_list("allocations_stock", query, may["stock"]),
                keys_url=_list("partners_apikey", of_channel, may["keys"]),
            )
        )
    return [Group(kind, cards[kind]) for kind in ChannelKind]


def _list(model: str, query: dict[str, object], may_see: bool) -> str:
    """The filtered list of a model, for those who may see it; else nothing."""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}" if may_see else ""


def traits(entry: MappedChannel, currency: str) -> Iterable[str]:
    """How the channel sells, each trait in a few words."""
    channel = entry.channel
    yield channel.get_connectivity_display()
    yield channel.get_audience_display()
    yield _prices(entry, currency)
    yield (
        ngettext("Paid after %d day", "Paid after %d days", channel.settlement_days)
        % channel.settlement_days
        if channel.settlement_days
        else _("Paid at once")
    )
    yield _("Holds %(default)s, at most %(longest)s") % {
        "default": _duration(channel.default_hold_seconds),
        "longest": _duration(channel.longest_hold_seconds),
    }
    if may_lease(channel.kind, channel.connectivity):
        yield _("Leases of at most %(longest)s, %(grace)s of grace") % {
            "longest": _duration(channel.longest_lease_hours * 3600),
            "grace": _duration(channel.lease_grace_minutes * 60),
        }
    if channel.connectivity in REPORTS_LATE and channel.safety_buffer:
        yield _("Safety buffer of at most %(percent)s %%, too small once in %(syncs)s syncs") % {
            "percent": channel.buffer_percent,
            "syncs": number(channel.buffer_one_in),
        }
    elif channel.connectivity in REPORTS_LATE:
        yield _("No safety buffer")
    yield _("Looked after by: %s") % channel.get_team_display()


def _prices(entry: MappedChannel, currency: str) -> str:
    free = entry.channel.pricing == Pricing.FREE
    name = _("Free prices") if free else _("List prices")
    lowest, highest = entry.offer.lowest, entry.offer.highest
    if lowest is None or highest is None:
        return name
    return f"{name}: {price_range(lowest, highest, currency)}"


def _duration(seconds: int) -> str:
    """As short as it is exact: ``90 s``, ``15 min``, ``2 h``, ``7 d``."""
    if not seconds:
        return f"0 {_('min')}"
    for size, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min"))):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} {_('s')}"
