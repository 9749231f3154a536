"""Several sales channels made at once, each with what is usual for a place of its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.text import slugify
from django.utils.translation import gettext as _t

from allocations.enums import PLACES, Audience, ChannelPlace, Connectivity, Team
from allocations.errors import ChannelsRefusedError
from allocations.models import SalesChannel
from common.actor import Actor
from common.history import create_because
from events.models import Venue

HOUR, DAY = 3600, 24 * 3600
KIND_OF = {place: kind for kind, places in PLACES.items() for place in places}
LONGEST_CODE = 50

_PARTNER = {"team": Team.PARTNERS, "audience": Audience.PLANNER}
_OUTSIDE = {"connectivity": Connectivity.OFFLINE}
_AS_CALLED = _PARTNER | {"default_hold_seconds": DAY, "longest_hold_seconds": 7 * DAY}
# Beyond the model's own defaults, which are those of a website.
USUAL: Mapping[ChannelPlace, Mapping[str, object]] = {
    ChannelPlace.KIOSK: _OUTSIDE,
    ChannelPlace.POP_UP: _OUTSIDE,
    ChannelPlace.RESELLER: _PARTNER
    | {"settlement_days": 15, "default_hold_seconds": 4 * HOUR, "longest_hold_seconds": DAY},
    ChannelPlace.FRANCHISE: _PARTNER
    | {"settlement_days": 7, "connectivity": Connectivity.PERIODIC},
    ChannelPlace.TRAVEL_AGENT: _PARTNER
    | {"settlement_days": 30, "default_hold_seconds": DAY, "longest_hold_seconds": 2 * DAY},
    ChannelPlace.AGGREGATOR: {"team": Team.PARTNERS, "settlement_days": 7},
    ChannelPlace.MARKETPLACE: {"team": Team.PARTNERS, "settlement_days": 7},
    ChannelPlace.HOTEL: _PARTNER
    | {"settlement_days": 30, "default_hold_seconds": 6 * HOUR, "longest_hold_seconds": DAY},
    ChannelPlace.CORPORATE: _AS_CALLED | {"settlement_days": 30},
    ChannelPlace.SPONSOR: _AS_CALLED | {"settlement_days": 30},
    ChannelPlace.GUEST_LIST: _AS_CALLED | {"team": Team.BOX_OFFICE, "usual_percent": 0},
    ChannelPlace.COMPS: _AS_CALLED | {"team": Team.BOX_OFFICE, "usual_percent": 0},
}


@dataclass(frozen=True, slots=True)
class NewChannel:
    place: ChannelPlace
    name: str


def usual_channel(place: ChannelPlace) -> SalesChannel:
    """One in the making, with what is usual there."""
    return SalesChannel(place=place, kind=KIND_OF[place], **USUAL.get(place, {}))


def add_channels(
    *, venue: Venue, new_channels: Sequence[NewChannel], by: Actor, reason: str
) -> list[SalesChannel]:
    """Make them, all or none. Needs a transaction; locks the venue.

    Raises ``ChannelsRefusedError`` with a sentence for each place of which a name cannot be.
    """
    Venue.objects.select_for_update(no_key=True).get(pk=venue.pk)
    there = SalesChannel.objects.filter(venue=venue).values_list("name", "code")
    names = {name.casefold() for name, _code in there}
    codes = {code for _name, code in there}
    channels: list[SalesChannel] = []
    problems: dict[ChannelPlace, str] = {}
    for new_channel in new_channels:
        channel = usual_channel(new_channel.place)
        channel.venue, channel.name = venue, new_channel.name
        channel.code = _code(new_channel, codes)
        why = _why_not(channel, names)
        if why:
            problems.setdefault(new_channel.place, why)
        names.add(channel.name.casefold())
        codes.add(channel.code)
        channels.append(channel)
    if problems:
        raise ChannelsRefusedError(problems)
    create_because(channels, reason, by=by)
    return channels


def _why_not(channel: SalesChannel, names: set[str]) -> str:
    try:
        ProhibitNullCharactersValidator()(channel.name)  # else a form field's business
        channel.full_clean(exclude={"venue"}, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return " ".join(error.messages)
    if channel.name.casefold() in names:
        return _t("The venue has a channel of the name “%s” already.") % channel.name
    return ""


def _code(new_channel: NewChannel, codes: set[str]) -> str:
    """Of the name, else of the place where no letter of it can stand in a code; a number if taken."""
    base = slugify(new_channel.name)[: LONGEST_CODE - 4] or slugify(str(new_channel.place.label))
    number, code = 1, base
    while code in codes:
        number += 1
        code = f"{base}-{number}"
    return code
