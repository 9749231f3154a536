"""Reads of the live board: which events a person may watch, and an event's numbers now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Prefetch, QuerySet, Sum

from accounts.models import User
from accounts.selectors import within_venues
from allocations.enums import ChannelKind, StockKind
from allocations.models import Listing, SalesChannel, Stock
from allocations.setup import EventSetup, setup_of
from events.enums import EventStatus
from events.models import Event, Pool

MAY_WATCH = "allocations.view_stock"
# Set-up and counters are read one after the other; a change in between makes them disagree.
ATTEMPTS = 5


class Numbers(NamedTuple):
    """A stock row's counters at one version."""

    version: int
    quantity: int
    held: int
    sold: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An event's counters in the database at one moment of the database's clock."""

    config_version: int
    now: datetime
    counters: Mapping[int, Numbers]


@dataclass(frozen=True, slots=True)
class Layout:
    """The set-up of an event, and the names that a screen needs beyond it, in display order."""

    setup: EventSetup
    venue: str
    all_day: bool
    channel_kinds: Mapping[int, ChannelKind]  # in the order of the enum, then by name
    open_names: Mapping[int, str]  # open row → its name; the general row has none


class UnsettledError(Exception):
    """The event's set-up changed again and again while it was read."""


def watchable_events(user: User | AnonymousUser) -> QuerySet[Event]:
    """The events whose boards a person may see."""
    if not user.has_perm(MAY_WATCH):
        return Event.objects.none()
    return Event.objects.filter(within_venues(user, "venue")).select_related("venue")


def events_on_sale(user: User | AnonymousUser) -> QuerySet[Event]:
    """Those on sale, soonest first, each pool with ``capacity`` and its ``held`` and ``sold``."""
    pools = Pool.objects.annotate(
        held=Sum("stock__held", default=0), sold=Sum("stock__sold", default=0)
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


def read_counters(event_id: int) -> Reading | None:
    """All counters of an event in one statement; ``None`` when there is no such event."""
    with connection.cursor() as cursor:
        # The statement's own time stands before what it sees: the numbers are not older than it.
        cursor.execute(
            """
            SELECT config_version, statement_timestamp(), ARRAY(
                SELECT ARRAY[id, version, quantity, held, sold, drawn]
                  FROM allocations_stock WHERE event_id = events_event.id
            ) FROM events_event WHERE id = %s
            """,
            [event_id],
        )
        found = cursor.fetchone()
    if found is None:
        return None
    config_version, now, rows = found
    return Reading(config_version, now, {row[0]: Numbers(*row[1:]) for row in rows})


def read_layout(event_id: int, config_version: int) -> Layout:
    """Raises ``Event.DoesNotExist``."""
    setup = setup_of(event_id, config_version)
    event = Event.objects.select_related("venue").get(pk=event_id)
    kinds = [ChannelKind(kind) for kind in ChannelKind.values]
    channels = sorted(
        SalesChannel.objects.filter(pk__in=setup.channels).only("name", "kind"),
        key=lambda channel: (kinds.index(ChannelKind(channel.kind)), channel.name, channel.pk),
    )
    open_rows = Stock.objects.filter(event_id=event_id, kind=StockKind.OPEN).order_by("name", "pk")
    return Layout(
        setup=setup,
        venue=event.venue.name,
        all_day=event.all_day,
        channel_kinds={channel.pk: ChannelKind(channel.kind) for channel in channels},
        open_names=dict(open_rows.values_list("pk", "name")),
    )


def read_event(event_id: int) -> tuple[Layout, Reading] | None:
    """An event's set-up and counters that fit together; ``None`` when there is no such event.

    Raises ``UnsettledError`` when they will not, ``Event.DoesNotExist`` when it has just gone.
    """
    for _attempt in range(ATTEMPTS):
        reading = read_counters(event_id)
        if reading is None:
            return None
        layout = read_layout(event_id, reading.config_version)
        same_rows = layout.setup.rows.keys() == reading.counters.keys()
        if layout.setup.config_version == reading.config_version and same_rows:
            return layout, reading
    raise UnsettledError
