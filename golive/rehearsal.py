"""A rehearsal: the copy of an event on which the checklist sells, moves and reports.

It is an event of a venue of its own, with channels of its own, and so nobody else's: no person works for
that venue, no partner's key is one of its channels', and no rule of alerts speaks for it. Whoever sees all
venues is kept from it by ``accounts.selectors.rehearsals``. After the run it is removed (``golive/removal.py``).
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from alerts.services import begin_venues
from allocations.copying import copy_to_venue
from allocations.models import Listing, SalesChannel
from common.actor import Actor
from common.history import create_because, save_because
from events.models import Event, Item, Venue
from events.services import publish_event
from transfers.models import TransferPolicy
from transfers.policy import policies_of

REASON = "Rehearsal of the go-live checklist"
# Of the event's policy, which holds for the venue of the rehearsal.
POLICY = ("approval_hours", "approval_above", "four_eyes", "lapse_hours")
# A venue's short name has 50 characters.
TOKEN_BYTES = 12


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """``channels``: those of the event by their ids, and the one of the rehearsal that stands for each."""

    event: Event
    channels: Mapping[int, SalesChannel]
    # What the rehearsal does before its time, as sentences: sales that have not begun are open here.
    opened: tuple[str, ...] = ()

    @property
    def venue_id(self) -> int:
        return self.event.venue_id


def channels_of(event: Event) -> list[SalesChannel]:
    """The channels that have a listing or a part of the stock of the event, by kind and name."""
    own = Q(listings__event=event) | Q(stock__event=event)
    channels = SalesChannel.objects.filter(own, venue_id=event.venue_id)
    return list(channels.distinct().order_by("kind", "name", "pk"))


def rehearse(event: Event, *, by: Actor, now: datetime) -> Rehearsal:
    """Make the rehearsal of an event, on sale. Opens a transaction of its own.

    It has the event's date, set-up, plans and policy; nothing is sold of it yet. Raises ``RefusedError``, in words
    of whoever makes copies, when the event cannot be copied or has nothing to sell.
    """
    with transaction.atomic():
        event = Event.objects.select_related("venue").get(pk=event.pk)  # as it is now
        venue = _venue(event, by)
        originals = channels_of(event)
        copies = [_channel(channel, venue) for channel in originals]
        create_because(copies, REASON, by=by)
        channels = dict(zip((channel.pk for channel in originals), copies, strict=True))
        _set_policy(event, venue, channels)
        copy = copy_to_venue(
            event_id=event.pk,
            venue=venue,
            channels={original: channel.pk for original, channel in channels.items()},
            by=by,
            reason=REASON,
            now=now,
        )
        opened = tuple(_open(copy, now))
        _stop_alike(event, copy, channels)
        publish_event(event_id=copy.pk, by=by, reason=REASON)
    return Rehearsal(Event.objects.select_related("venue").get(pk=copy.pk), channels, opened)


def _venue(event: Event, by: Actor) -> Venue:
    original = event.venue
    venue = Venue(
        name=original.name,
        slug=f"rehearsal-{secrets.token_hex(TOKEN_BYTES)}",
        time_zone=original.time_zone,
        currency=original.currency,
        is_rehearsal=True,
    )
    save_because(venue, REASON, by=by)
    begin_venues([venue])
    return venue


def _channel(original: SalesChannel, venue: Venue) -> SalesChannel:
    """Every column again, but for what a row is told apart by."""
    own = {"id", "venue"}
    fields = [field for field in SalesChannel._meta.concrete_fields if field.name not in own]
    return SalesChannel(
        venue=venue, **{field.attname: getattr(original, field.attname) for field in fields}
    )


def _set_policy(event: Event, venue: Venue, channels: Mapping[int, SalesChannel]) -> None:
    original = policies_of([event])[event.pk]
    policy = TransferPolicy.objects.get(venue=venue)
    for field in POLICY:
        setattr(policy, field, getattr(original, field))
    save_because(policy, REASON, fields=POLICY)
    policy.approvers.set(original.approvers.all())
    for name in ("always", "protected"):
        named = [channel.pk for channel in getattr(original, name).all()]
        getattr(policy, name).set([channels[pk] for pk in named if pk in channels])


def _open(copy: Event, now: datetime) -> Iterator[str]:
    """Let everything be sold now that will be sold later, and say what."""
    if copy.sales_from is not None and copy.sales_from > now:
        yield "Sales of the event begin later; the rehearsal sold it now."
        Event.objects.filter(pk=copy.pk).update(sales_from=None)
    items = Item.objects.filter(event=copy, sales_from__gt=now)
    listings = Listing.objects.filter(event=copy, sales_from__gt=now)
    for item in items.order_by("position", "pk"):
        yield f"{item.name} is sold later; the rehearsal sold it now."
    for listing in listings.select_related("item", "channel").order_by("pk"):
        yield f"{listing.channel} sells {listing.item.name} later; in the rehearsal it sold it now."
    items.update(sales_from=None)
    listings.update(sales_from=None)


def _stop_alike(event: Event, copy: Event, channels: Mapping[int, SalesChannel]) -> None:
    """What is stopped of the event is stopped in its rehearsal; a stopped channel was copied so."""
    if event.stop_reason:
        Event.objects.filter(pk=copy.pk).update(stop_reason=event.stop_reason)
    for item in Item.objects.filter(event=event).exclude(stop_reason=""):
        Item.objects.filter(event=copy, name=item.name).update(stop_reason=item.stop_reason)
    stopped = Listing.objects.filter(event=event).exclude(stop_reason="").select_related("item")
    for listing in stopped:
        Listing.objects.filter(
            item__event=copy, item__name=listing.item.name, channel=channels[listing.channel_id]
        ).update(stop_reason=listing.stop_reason)
