"""What comes at a person's venues: as far as the person may see it on pages, and without any name of a person."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import within_venues
from allocations.models import Stock
from common.spoken_number import spoken
from events.enums import ENDED
from events.models import Event, Item
from sales.enums import BlockKind, BlockStatus
from sales.models import Block
from transfers.enums import TransferStatus
from transfers.models import ChangeRequest, Transfer

BEFORE, AFTER = timedelta(days=30), timedelta(days=400)
# Of each kind, those that come first.
MOST = 1_000


class Entry(NamedTuple):
    """``key`` is the same each time; ``event`` and ``venue`` are names."""

    key: str
    at: datetime
    title: str
    event: str
    venue: str
    path: str


Within = tuple[datetime, datetime]
Find = Callable[[User, Within], Iterator[Entry]]


def entries_of(user: User, now: datetime) -> list[Entry]:
    """From a month ago to a year ahead, in the order of time."""
    within = now - BEFORE, now + AFTER
    entries = [
        entry
        for permission, find in KINDS
        if user.has_perm(permission)
        for entry in find(user, within)
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.key))


def _sales(user: User, within: Within) -> Iterator[Entry]:
    events = Event.objects.filter(within_venues(user, "venue")).exclude(status__in=ENDED)
    for name, title in (("sales_from", _("Sales open")), ("sales_until", _("Sales close"))):
        rows = events.filter(**{f"{name}__range": within}).order_by(name, "pk")[:MOST]
        for event in rows.select_related("venue"):
            yield Entry(
                f"event-{event.pk}-{name}",
                getattr(event, name),
                title,
                event.name,
                event.venue.name,
                f"/admin/events/event/{event.pk}/change/",
            )


def _items(user: User, within: Within) -> Iterator[Entry]:
    items = Item.objects.filter(within_venues(user, "event__venue")).exclude(
        event__status__in=ENDED
    )
    titles = (("sales_from", _("%s goes on sale")), ("sales_until", _("%s is on sale no more")))
    for name, title in titles:
        rows = items.filter(**{f"{name}__range": within}).order_by(name, "pk")[:MOST]
        for item in rows.select_related("event__venue"):
            yield Entry(
                f"item-{item.pk}-{name}",
                getattr(item, name),
                title % item.name,
                item.event.name,
                item.event.venue.name,
                f"/admin/events/item/{item.pk}/change/",
            )


def _blocks(kind: BlockKind, title: str, page: str) -> Find:
    def find(user: User, within: Within) -> Iterator[Entry]:
        blocks = Block.objects.filter(
            within_venues(user, "event__venue"),
            kind=kind,
            status=BlockStatus.ACTIVE,
            hands_back_at__range=within,
        ).annotate(left=Sum(F("lines__quantity") - F("lines__sold") - F("lines__handed_back")))
        for block in blocks.select_related("event__venue").order_by("hands_back_at", "pk")[:MOST]:
            yield Entry(
                f"block-{block.pk}",
                block.hands_back_at,
                _(title) % {"number": spoken(block.pk), "tickets": block.left or 0},
                block.event.name,
                block.event.venue.name,
                f"/admin/sales/{page}/{block.pk}/change/",
            )

    return find


def _approvals(user: User, within: Within) -> Iterator[Entry]:
    for model, page in ((Transfer, "transfer"), (ChangeRequest, "changerequest")):
        rows = model._default_manager.filter(
            within_venues(user, "event__venue"),
            status=TransferStatus.REQUESTED,
            lapses_at__range=within,
        )
        for row in rows.select_related("event__venue").order_by("lapses_at", "pk")[:MOST]:
            yield Entry(
                f"{page}-{row.pk}",
                row.lapses_at,
                _("A request lapses that nobody has decided"),
                row.event.name,
                row.event.venue.name,
                f"/admin/transfers/{page}/{row.pk}/change/",
            )


def _releases(user: User, within: Within) -> Iterator[Entry]:
    """Of a pool what goes back at one moment is one entry, of however many channels."""
    rows = (
        Stock.objects.filter(
            within_venues(user, "event__venue"),
            ~Q(event__status__in=ENDED),
            releases_at__range=within,
        )
        .order_by("releases_at", "pool")
        .values_list(
            "releases_at", "pool", "pool__name", "event", "event__name", "event__venue__name"
        )
        .distinct()
    )
    for at, pool_id, pool, event_id, event, venue in rows[:MOST]:
        assert at is not None  # noqa: S101 - within a range, which no null is
        yield Entry(
            f"release-{pool_id}-{int(at.timestamp())}",
            at,
            _("Unsold tickets of %s go back to the open stock") % pool,
            event,
            venue,
            f"/admin/events/event/{event_id}/change/",
        )


KINDS: tuple[tuple[str, Find], ...] = (
    ("events.view_event", _sales),
    ("events.view_item", _items),
    (
        "sales.view_block",
        _blocks(BlockKind.LEASE, "Lease %(number)s goes back, %(tickets)d tickets", "block"),
    ),
    (
        "sales.view_namedhold",
        _blocks(BlockKind.NAMED, "Named hold %(number)s ends, %(tickets)d tickets", "namedhold"),
    ),
    ("transfers.view_transfer", _approvals),
    ("allocations.view_stock", _releases),
)
