"""All that opens, closes, begins and goes back for an event, in the order of time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocations.enums import Draws, StockKind
from allocations.models import Listing, Stock
from allocations.plans.overview import PoolPlan
from allocations.plans.spec import Guarantee
from allocations.plans.windows import Unresolved, release_of
from events.enums import ItemKind
from events.models import Event, Item

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Happening(TextChoices):
    OPENS = "OPENS", _("Opens")
    CLOSES = "CLOSES", _("Closes")
    RELEASES = "RELEASES", _("Goes back")
    EVENT = "EVENT", _("The event")


class Entry(NamedTuple):
    """One thing that happens at a moment. ``who`` lists all for whom it does."""

    happening: Happening
    text: str
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A moment, and everything that happens at it."""

    at: datetime
    entries: tuple[Entry, ...]
    is_past: bool
    is_next: bool


# The moment, what happens, the text, and one for whom it does.
Found = tuple[datetime, Happening, "StrOrPromise", str]


def calendar_of(event: Event, plans: Sequence[PoolPlan], now: datetime) -> list[Point]:
    """Two statements beside what the plans have read."""
    who: dict[tuple[datetime, Happening, str], list[str]] = defaultdict(list)
    for at, happening, text, name in (*_sales(event), *_stock(event, plans, now)):
        if name not in (group_names := who[at, happening, str(text)]) and name:
            group_names.append(name)
    moments: dict[datetime, list[Entry]] = defaultdict(list)
    for (at, happening, text), names in who.items():
        moments[at].append(Entry(happening, text, tuple(names)))
    order = list(Happening)
    ahead = [at for at in moments if at > now]
    return [
        Point(
            at,
            tuple(sorted(moments[at], key=lambda entry: order.index(entry.happening))),
            is_past=at <= now,
            is_next=at == min(ahead, default=None),
        )
        for at in sorted(moments)
    ]


def _sales(event: Event) -> Iterator[Found]:
    """The event's own dates, and the windows of its items and listings."""
    yield event.starts_at, Happening.EVENT, _("The event begins"), ""
    if event.ends_at is not None:
        yield event.ends_at, Happening.EVENT, _("The event ends"), ""
    if event.sales_from is not None:
        yield event.sales_from, Happening.OPENS, _("Sales begin"), ""
    yield event.sales_close, Happening.CLOSES, _("Sales end"), ""
    items = Item.objects.filter(event=event).order_by("position", "pk")
    for item in items:
        text = _t("Sale of %s") % item.name
        yield from _window(item.sales_from, item.sales_until, text, "")
        if item.kind == ItemKind.SAME_DAY:
            yield event.day.start, Happening.OPENS, text, _t("on the day only")
    windowed = Listing.objects.filter(event=event).exclude(sales_from=None, sales_until=None)
    for listing in windowed.select_related("item", "channel").order_by("channel__name", "pk"):
        text = _t("Sale of %s") % listing.item.name
        yield from _window(listing.sales_from, listing.sales_until, text, listing.channel.name)


def _window(
    start: datetime | None, end: datetime | None, text: "StrOrPromise", name: str
) -> Iterator[Found]:
    if start is not None:
        yield start, Happening.OPENS, text, name
    if end is not None:
        yield end, Happening.CLOSES, text, name


def _stock(event: Event, plans: Iterable[PoolPlan], now: datetime) -> Iterator[Found]:
    """Drawing windows and releases as they stand on the stock, and releases that are over."""
    for plan in plans:
        names = {row.pk: row.name for row in plan.rows if row.kind == StockKind.OPEN}
        for row in plan.rows:
            if row.channel is not None and row.draws_on_id is not None:
                name = names[row.draws_on_id] or _t("open stock")
                text = _t("%(pool)s: drawing on %(row)s") % {"pool": plan.pool.name, "row": name}
                if not _only_gives_back(row, plan, event, now):
                    yield from _window(row.draws_from, row.draws_until, text, str(row.channel))
            if row.releases_at is not None:
                to = _heir(names.get(row.draws_on_id or 0, ""), row.releases_at, plan, event)
                yield row.releases_at, Happening.RELEASES, _unsold(plan, to), _owner(row)
        yield from _released(event, plan, now)


def _only_gives_back(row: Stock, plan: PoolPlan, event: Event, now: datetime) -> bool:
    """Whether its terms are no window that ever was, but the way back of what was not sold."""
    line = plan.spec.line_of(row.channel_id)
    if plan.in_force is None or line is None or line.draws != Draws.NONE:
        return False
    ended = _end(line, event)
    return ended is not None and ended <= now and row.draws_until == ended


def _heir(group: str, at: datetime, plan: PoolPlan, event: Event) -> str:
    """The group to which goes back what ends at that moment; empty for the general open stock."""
    match = next((candidate for candidate in plan.spec.groups if candidate.name == group), None)
    ends = _end(match, event) if match else at
    return group if ends is None or ends > at else ""


def _end(part: Guarantee, event: Event) -> datetime | None:
    try:
        return release_of(part, event)
    except Unresolved:
        return None


def _released(event: Event, plan: PoolPlan, now: datetime) -> Iterator[Found]:
    """What the plan in force gave back already: the stock does not know of it any more."""
    if plan.in_force is None:
        return
    named = {row.channel_id: _owner(row) for row in plan.rows if row.channel_id}
    ended = [
        *((_end(part, event), part.name, "") for part in plan.spec.groups),
        *(
            (_end(part, event), named.get(part.channel_id, ""), part.group)
            for part in plan.spec.lines
        ),
    ]
    for at, name, group in ended:
        if at is not None and at <= now:
            yield at, Happening.RELEASES, _unsold(plan, _heir(group, at, plan, event)), name


def _unsold(plan: PoolPlan, group: str) -> str:
    if group:
        names = {"pool": plan.pool.name, "group": group}
        return _t("%(pool)s: unsold units go back to “%(group)s”") % names
    return _t("%s: unsold units go back to the open stock") % plan.pool.name


def _owner(row: Stock) -> str:
    return str(row.channel) if row.channel is not None else row.name
