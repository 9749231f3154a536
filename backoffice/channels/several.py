"""The page on which a venue's channels are made several at once: tick what there is, and name it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from accounts.models import User
from accounts.selectors import within_venues
from allocations.channels import NewChannel, add_channels, usual_channel
from allocations.enums import PLACES, ChannelKind, ChannelPlace, Connectivity
from allocations.errors import ChannelsRefusedError
from allocations.models import SalesChannel
from backoffice.kit.dialogs import actor_of
from backoffice.plans.bar import by_kind
from common.addresses import change_url
from common.refusals import EXPECTED, explain
from events.models import Venue

MAY_ADD = "allocations.add_saleschannel"
BETWEEN_NAMES = ";"
# Of one place; more is a slip of the pen.
MAX_NAMES = 20
DAY, HOUR = 24 * 3600, 3600


@dataclass
class Row:
    """A place that may be ticked."""

    place: ChannelPlace
    names: str
    is_ticked: bool = False
    there: list[SalesChannel] = field(default_factory=list)
    error: str = ""

    @property
    def usual(self) -> str:
        """What a channel of this place begins with, in words."""
        channel = usual_channel(self.place)
        terms = []
        if not channel.usual_percent:
            terms.append(_t("free of charge"))
        elif channel.settlement_days:
            terms.append(_t("pays after %d days") % channel.settlement_days)
        else:
            terms.append(_t("pays at once"))
        terms.append(_t("holds for %s") % _span(channel.default_hold_seconds))
        if channel.connectivity != Connectivity.REAL_TIME:
            terms.append(str(channel.get_connectivity_display()).lower())
        return ", ".join(terms)

    def wanted(self) -> list[NewChannel]:
        """What it asks for; a name that cannot be is marked."""
        names = [name.strip() for name in self.names.split(BETWEEN_NAMES) if name.strip()]
        if not names:
            self.error = _t("Say what it is called.")
        elif len(names) > MAX_NAMES:
            self.error = _t("At most %d at once.") % MAX_NAMES
        return [] if self.error else [NewChannel(self.place, name) for name in names]


def show(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """Of ``?venue=``, by default of the only one that the person sees."""
    if not request.user.has_perm(MAY_ADD):
        raise PermissionDenied
    site: AdminSite = model_admin.admin_site
    venues = list(Venue.objects.filter(within_venues(cast("User", request.user), "pk")))
    venue = _venue(request, venues)
    rows = _rows(request, venue) if venue else {}
    problems: list[str] = []
    if venue is not None and request.method == "POST":
        channels = _make(request, venue, list(rows.values()), problems)
        if channels:
            messages.success(request, _told(channels))
            return redirect(change_url(venue))
    context = {
        **site.each_context(request),
        "title": _t("Add sales channels"),
        "opts": model_admin.opts,
        "venue": venue,
        "venues": venues,
        "groups": [
            (kind, [rows[place] for place in PLACES[kind]]) for kind in ChannelKind if venue
        ],
        "problems": problems,
        "has_errors": bool(problems) or any(row.error for row in rows.values()),
    }
    return render(request, "admin/several_channels.html", context)


def _venue(request: HttpRequest, venues: Sequence[Venue]) -> Venue | None:
    """Raises ``Http404`` for one that is not the person's, as for one that is not there."""
    number = request.GET.get("venue", "")
    if not number:
        return venues[0] if len(venues) == 1 else None
    venue = next((venue for venue in venues if str(venue.pk) == number), None)
    if venue is None:
        raise Http404
    return venue


def _rows(request: HttpRequest, venue: Venue) -> dict[ChannelPlace, Row]:
    channels = by_kind(SalesChannel.objects.filter(venue=venue))
    data = request.POST if request.method == "POST" else None
    rows = {}
    for place in ChannelPlace:
        row = Row(
            place,
            str(place.label),
            there=[channel for channel in channels if channel.place == place],
        )
        if row.there:
            row.names = ""
        if data is not None:
            row.names = data.get(f"name-{place}", "")
            row.is_ticked = f"tick-{place}" in data
        rows[place] = row
    return rows


def _make(
    request: HttpRequest, venue: Venue, rows: Sequence[Row], problems: list[str]
) -> list[SalesChannel]:
    """Make what is ticked; nothing, with the reasons in ``rows`` and ``problems``, if any cannot be."""
    new_channels = [channel for row in rows if row.is_ticked for channel in row.wanted()]
    if any(row.error for row in rows):
        return []
    if not new_channels:
        problems.append(_t("Tick at least one place."))
        return []
    try:
        with transaction.atomic():
            return add_channels(
                venue=venue, new_channels=new_channels, by=actor_of(request), reason=_t("Set up")
            )
    except ChannelsRefusedError as error:
        for row in rows:
            row.error = error.problems.get(row.place, "")
    except EXPECTED as error:
        problems += explain(error, {})[1]
    return []


def _told(channels: Sequence[SalesChannel]) -> str:
    text = ngettext(
        "%(count)d channel is made: %(names)s.",
        "%(count)d channels are made: %(names)s.",
        len(channels),
    )
    names = get_text_list([channel.name for channel in channels], _t("and"))
    return text % {"count": len(channels), "names": names}


def _span(seconds: int) -> str:
    for length, singular, plural in (
        (DAY, "%d day", "%d days"),
        (HOUR, "%d hour", "%d hours"),
        (60, "%d minute", "%d minutes"),
    ):
        if seconds >= length:
            return ngettext(singular, plural, seconds // length) % (seconds // length)
    return ngettext("%d second", "%d seconds", seconds) % seconds
