"""Where a demand comes from: this event so far, a past event, a file of past sales, a curve."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import asin, sin
from typing import NamedTuple

from django.db.models import Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from allocations.enums import Audience
from allocations.models import SalesChannel
from common.errors import InvalidInputError
from common.names import name_key
from events.enums import ItemKind
from events.models import Event, Item
from offline.models import FileLine
from planning.whatif.demand import (
    CHANGE,
    CLOSED,
    CONFIRM,
    HOLD,
    SELL,
    Act,
    Extra,
    Real,
    Step,
    Story,
    Stream,
    Synthetic,
)
from planning.whatif.scene import Scene
from sales.enums import LIMITS_OF_QUANTITY, BookingStatus
from sales.models import BookingLine
from sales.orders import MAX_PER_LINE
from sales.turned_away.selectors import turned_away

# Tickets that a buyer of a curve asks for, and how often.
PARTIES = {1: 5, 2: 10, 3: 2, 4: 3}
QUARTER = 900.0
# Sold for a part of the sale alone: buyers of a curve come all the time.
NOT_ALL_THE_TIME = (ItemKind.SAME_DAY, ItemKind.EARLY_BIRD)


class Shape(TextChoices):
    FRONT = "FRONT", _("Front-loaded: most buy when sales begin")
    LATE = "LATE", _("Last-minute: most buy before the event")
    S = "S", _("S-shaped: slow, fast, slow")
    AUDIENCE = "AUDIENCE", _("By each channel’s audience")


def when(shape: str, share: float) -> float:
    """By which part of the sale's time a share of all buyers has come: the inverse of what has come by then.

    Front-loaded: 1 - (1 - x)³; last-minute: x³; S-shaped: 3x² - 2x³.
    """
    if shape == Shape.FRONT:
        return float(1.0 - (1.0 - share) ** (1.0 / 3.0))
    if shape == Shape.LATE:
        return float(share ** (1.0 / 3.0))
    return 0.5 - sin(asin(1.0 - 2.0 * share) / 3.0)


@dataclass(slots=True)
class Sales:
    """A demand of real sales. ``unknown``: tickets of items or channels that this event has not."""

    demand: Real
    tickets: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


class Wish(NamedTuple):
    """So many tickets of an item by a channel."""

    item_id: int
    channel_id: int
    tickets: int


def act_of(scene: Scene, wish: Wish, at: float, kind: int = SELL) -> Act | None:
    """What a buyer asks for, as ``sales/rules.py`` would judge it at that moment, stock aside.

    ``None``: the channel does not list the item.
    """
    listing = scene.setup.listings.get((wish.item_id, wish.channel_id))
    if listing is None:
        return None
    item = scene.setup.items[wish.item_id]
    tickets = wish.tickets
    needs = scene.needs(wish.item_id, wish.channel_id, tickets)
    opens, closes = scene.spans[wish.item_id, wish.channel_id]
    is_lawful = (
        item.minimum <= tickets <= (item.maximum or MAX_PER_LINE) and tickets <= MAX_PER_LINE
    )
    if needs is None or not is_lawful or not opens <= at < closes:
        return Act(CLOSED, (), wish.channel_id, tickets)
    cents = int(listing.price * 100) * tickets
    return Act(kind, needs, wish.channel_id, tickets, tickets, cents)


def turned_away_of(scene: Scene, source: Event, percent: int, until: float) -> list[Extra]:
    """Who was turned away for want of stock, each quarter of an hour by itself, as far before this event's start.

    A buyer who tries again and again is counted each time: so many percent of them count.
    """
    later = scene.event.starts_at.timestamp() - source.starts_at.timestamp()
    items = _items(scene, Item.objects.filter(event=source))
    extras = []
    for refused in turned_away(source.pk, limits=LIMITS_OF_QUANTITY):
        begins = refused.at.timestamp() + later
        tickets = max(round(refused.tickets / max(refused.refusals, 1)), 1)
        wish = Wish(items.get(refused.item_id, 0), refused.channel_id, tickets)
        act = act_of(scene, wish, begins)
        if act is not None and begins < until:
            ends = min(begins + QUARTER, until)
            extras.append(Extra(begins, ends, (act,), refused.refusals * percent / 100))
    return extras


# --- Of a past event ----------------------------------------------------------------------------


def of_event(scene: Scene, source: Event, percent: int, away: int) -> Sales:
    """The bookings of another event, as far before the start as they were there, at this event's prices."""
    later = scene.event.starts_at.timestamp() - source.starts_at.timestamp()
    items = _items(scene, Item.objects.filter(event=source))
    lines = BookingLine.objects.filter(booking__event=source).order_by("booking", "number")
    rows = lines.values_list(
        "booking",
        "booking__channel",
        "booking__status",
        "booking__created_at",
        "booking__confirmed_at",
        "booking__ended_at",
        "item",
        "item__name",
        "quantity",
    )
    sales = Sales(Real([]))
    stories: list[Story] = []
    for number, (
        _id,
        channel,
        status,
        created,
        confirmed,
        ended,
        item,
        name,
        quantity,
    ) in enumerate(rows):
        wish = Wish(items.get(item, 0), channel, quantity)
        moments = [
            None if moment is None else moment.timestamp() + later
            for moment in (created, confirmed, ended)
        ]
        steps = _steps(scene, wish, status, moments, len(stories), number)
        if steps is None:
            sales.unknown[name] += quantity
            continue
        sales.tickets += quantity
        stories.append(Story(steps))
    extras = turned_away_of(scene, source, away, scene.ends) if away else ()
    sales.demand = Real(stories, extras, times=percent / 100)
    return sales


def _items(scene: Scene, items: Iterable[Item]) -> dict[int, int]:
    """Another event's items → this one's of the same name, else the first one of the same kind."""
    names = {name_key(item.name): item.id for item in scene.setup.items.values()}
    kinds: dict[str, int] = {}
    for item in scene.setup.items.values():
        kinds.setdefault(item.kind, item.id)
    return {item.pk: names.get(name_key(item.name)) or kinds.get(item.kind, 0) for item in items}


def _steps(
    scene: Scene,
    wish: Wish,
    status: str,
    moments: Sequence[float | None],
    story: int,
    order: int,
) -> list[Step] | None:
    created, confirmed, ended = moments
    at = created or 0.0
    is_hold = confirmed is None or confirmed > at + 1.0
    act = act_of(scene, wish, at, HOLD if is_hold else SELL)
    if act is None:
        return None
    if act.kind == CLOSED:
        return [Step(at, order, act, story)]
    if not is_hold:
        steps = [Step(at, order, act, story)]
    else:
        steps = [Step(at, order, act._replace(tickets=0, cents=0), story)]
        if confirmed is not None:
            steps.append(Step(confirmed, order, act._replace(kind=CONFIRM), story))
    if ended is not None and status in {BookingStatus.CANCELLED, BookingStatus.EXPIRED}:
        sold = confirmed is not None
        back = [(row, 0 if sold else -units, -units if sold else 0) for row, units in act.needs]
        gone = Act(CHANGE, tuple(back), act.channel)
        if sold:
            gone = gone._replace(tickets=-act.tickets, cents=-act.cents)
        steps.append(Step(ended, order, gone, story))
    return steps


# --- Of a file ----------------------------------------------------------------------------------


def of_file(scene: Scene, file_id: int, percent: int) -> Sales:
    """The sales of a file that the venue keeps, as its mapping has read them: one buyer a line.

    Lines of other events count as far before the start as they were there.
    """
    lines = list(
        FileLine.objects.filter(file=file_id, fault="", said_at__isnull=False, quantity__gt=0)
        .order_by("row")
        .values_list("file__channel", "event_id", "item_id", "quantity", "said_at")
    )
    events = Event.objects.in_bulk({event for _c, event, *_rest in lines if event})
    own = Item.objects.filter(pk__in={item for _c, _e, item, *_rest in lines if item})
    items = _items(scene, own)
    names = {item.pk: item.name for item in own}
    sales = Sales(Real([]))
    stories: list[Story] = []
    for order, (channel, event_id, item, quantity, said_at) in enumerate(lines):
        if event_id not in events or item is None or said_at is None:
            sales.unknown["?"] += quantity
            continue
        later = scene.event.starts_at.timestamp() - events[event_id].starts_at.timestamp()
        at = said_at.timestamp() + later
        act = act_of(scene, Wish(items.get(item, 0), channel, quantity), at)
        if act is None:
            sales.unknown[names.get(item, "?")] += quantity
            continue
        sales.tickets += quantity
        stories.append(Story([Step(at, order, act, len(stories))]))
    if not stories:
        raise InvalidInputError("The file has no sales that this event's channels could make.")
    sales.demand = Real(stories, times=percent / 100)
    return sales


# --- A curve ------------------------------------------------------------------------------------


def of_curve(scene: Scene, shape: str, tickets: int, shares: Mapping[int, float]) -> Synthetic:
    """Buyers of each channel on its curve over the whole sale. ``shares``: of the tickets, by channel.

    Each buyer takes an item that the channel sells all the time, as often as it was taken so far.
    """
    whole = sum(shares.values())
    if whole <= 0 or tickets <= 0:
        raise InvalidInputError("Say how many tickets are asked for, and through which channels.")
    audiences = dict(SalesChannel.objects.filter(pk__in=shares).values_list("pk", "audience"))
    taken = _taken(scene)
    length = scene.ends - scene.begins
    streams = []
    for channel, share in shares.items():
        acts, weights = _choices(scene, channel, taken)
        if not acts or share <= 0:
            continue
        mean = sum(act.size * weight for act, weight in zip(acts, weights, strict=True))
        mean /= sum(weights)
        own = shape
        if shape == Shape.AUDIENCE:
            own = Shape.FRONT if audiences.get(channel) == Audience.PLANNER else Shape.LATE

        def moment(part: float, own: str = own) -> float:
            return scene.begins + length * when(own, part)

        streams.append(
            Stream(tickets * share / whole / mean, moment, acts, list(accumulate(weights)))
        )
    if not streams:
        raise InvalidInputError("None of these channels sells anything of this event all the time.")
    return Synthetic(streams)


def _taken(scene: Scene) -> dict[tuple[int, int], int]:
    """Tickets sold so far by item and channel."""
    lines = BookingLine.objects.filter(
        booking__event=scene.event, booking__status=BookingStatus.CONFIRMED
    )
    rows = lines.order_by().values_list("item", "booking__channel").annotate(n=Sum("quantity"))
    return {(item, channel): count for item, channel, count in rows}


def _choices(
    scene: Scene, channel: int, taken: Mapping[tuple[int, int], int]
) -> tuple[list[Act], list[float]]:
    acts: list[Act] = []
    weights: list[float] = []
    middle = (scene.begins + scene.ends) / 2
    for item_id, listed in scene.setup.listings:
        item = scene.setup.items[item_id]
        if listed != channel or item.kind in NOT_ALL_THE_TIME:
            continue
        sold = max(taken.get((item_id, channel), 0), 1)
        for tickets, often in PARTIES.items():
            party = 1 if item.kind == ItemKind.FAMILY_PACK else tickets
            party = min(max(party, item.minimum), item.maximum or party)
            act = act_of(scene, Wish(item_id, channel, party), middle)
            if act is not None and act.kind == SELL:
                acts.append(act)
                weights.append(sold * often)
    return acts, weights


def shares_so_far(event: Event) -> dict[int, float]:
    """Percent of what was sold by channel, of this event or of what its venue sold last; equal where nothing was."""
    counted: dict[int, float] = defaultdict(float)
    lines = BookingLine.objects.filter(
        booking__event=event, booking__status=BookingStatus.CONFIRMED
    )
    for channel, tickets in (
        lines.order_by().values_list("booking__channel").annotate(n=Sum("quantity"))
    ):
        counted[channel] = float(tickets)
    return dict(counted)
