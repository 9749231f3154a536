"""Who buys what, when: the demand for one event, drawn from a seed.

Sales come in a burst when they open, lie low, and rise in the last week; planners buy early,
impulse buyers late. Weekday and hour follow the kind of channel.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum, auto
from random import Random

from allocations.enums import Audience, ChannelKind, Connectivity
from demo.dates import A_MOMENT, AWAY, Dates
from demo.season import CHANNELS, VENUES
from demo.season.shapes import Channel, Event, Item, Part
from events.enums import EventStatus, ItemKind


class Fate(StrEnum):
    SOLD = auto()
    CONFIRMED = auto()  # held first
    RELEASED = auto()
    EXPIRED = auto()
    HELD = auto()  # still


@dataclass(frozen=True, slots=True)
class Sale:
    """One buyer. ``ends`` is when a hold ends, however; ``refund`` when and how many come back."""

    at: datetime
    channel: str
    item: str
    quantity: int
    fate: Fate
    hold_until: datetime | None = None
    ends: datetime | None = None
    refund: tuple[datetime, int] | None = None
    reference: str = ""
    contact: tuple[str, str] | None = None  # name and e-mail address


# Of the buyers with a hold: what becomes of it.
HOLD_FATES = ((Fate.CONFIRMED, 55), (Fate.EXPIRED, 27), (Fate.RELEASED, 18))
HOLDING = {ChannelKind.PARTNER: 0.1, ChannelKind.HIDDEN: 0.4}
HOLDING_ELSEWHERE = 0.02
# Of the buyers whose hold could still be running: those who have not decided yet.
UNDECIDED = 0.6
REFUNDED = 0.033
A_DAY = timedelta(days=1)
WITH_CONTACT = 0.35

# Monday to Sunday, and midnight to 23 h.
WEEK = (0.8, 0.75, 0.85, 1.0, 1.25, 1.35, 1.2)
OFFICE_WEEK = (1.2, 1.2, 1.1, 1.1, 1.0, 0.25, 0.1)
ONLINE_HOURS = (2, 1, 0, 0, 0, 0, 1, 3, 5, 7, 8, 8, 9, 8, 7, 7, 7, 8, 10, 12, 14, 13, 9, 5)
COUNTER_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6, 7, 6, 5, 5, 6, 9, 11, 9, 4, 0, 0, 0)
OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 9, 9, 8, 4, 6, 8, 8, 6, 3, 0, 0, 0, 0, 0)

# Tickets a booking, by what is bought: the number, and how often.
PARTIES: dict[ItemKind, dict[int, int]] = {
    ItemKind.STANDALONE: {1: 4, 2: 10, 3: 4, 4: 5, 5: 1, 6: 1},
    ItemKind.EARLY_BIRD: {1: 3, 2: 8, 3: 2, 4: 3},
    ItemKind.BUNDLE: {1: 2, 2: 8, 3: 2, 4: 4},
    ItemKind.FAMILY_PACK: {1: 9, 2: 1},
    ItemKind.SAME_DAY: {1: 4, 2: 6},
}
FIRST_NAMES = (
    "Aarav",
    "Diya",
    "Ishaan",
    "Kavya",
    "Rohan",
    "Sana",
    "Tara",
    "Vivaan",
    "Zoya",
    "Neel",
)


def sales(event: Event, dates: Dates, seed: int, scale: float = 1) -> list[Sale]:
    """Everybody who wants tickets until now, in order of time; ``scale``: of those planned."""
    chance = Random(f"{seed}/{event.key}")  # noqa: S311 - a repeatable demo, not a secret
    venue = VENUES[event.venue]
    sellers = [(CHANNELS[code], event.plan.parts[code]) for code in venue.channels
               if code in event.plan.parts]  # fmt: skip
    demand = sum(channel.demand for channel, _part in sellers)
    all_sales: list[Sale] = []
    for channel, part in sellers:
        count = round(event.bookings * scale * channel.demand / demand)
        opens, until = _window(channel, part, dates)
        own = (
            _sale(at, channel, item, dates, chance)
            for at in _moments(channel, dates, count, chance)
            if opens <= at < until and (item := _item(event, channel, dates, at, chance))
        )
        if channel.connectivity == Connectivity.PERIODIC:
            items = {item.name: item for item in event.items}
            own = (
                reported
                for sale in own
                if (reported := _reported(sale, items[sale.item], until, dates))
            )
        all_sales += own
    return sorted(all_sales, key=lambda sale: sale.at)


def _window(channel: Channel, part: Part, dates: Dates) -> tuple[datetime, datetime]:
    """When the channel has anything to sell: its own part, or from when on it may draw."""
    opens, until = dates.opens, min(dates.last_sale, dates.sells_until(part))
    draws_from = dates.draws_from(part)
    if draws_from is not None and not part.share:
        opens = max(opens, draws_from)
    if stopped := VENUES[dates.event.venue].stopped.get(channel.code):
        until = min(until, dates.stopped_at(stopped[0]))
    return opens, until


def last_report(now: datetime) -> datetime:
    """When channels that report from time to time did so last; before that, at the same hour of each day."""
    return now - AWAY[Connectivity.PERIODIC]


def _reported(sale: Sale, item: Item, until: datetime, dates: Dates) -> Sale | None:
    """As it is known of: with the next report, the last one of an event at its end. None: not reported yet."""
    last, end = last_report(dates.now), min(until, dates.item_window(item)[1]) - A_MOMENT
    at = last - (last - sale.at) // A_DAY * A_DAY if sale.at <= last else None
    if end <= last and (at is None or at > end):
        at = max(end, sale.at)
    if at is None:
        return None
    refund = sale.refund if sale.refund is not None and sale.refund[0] > at else None
    return replace(sale, at=at, fate=Fate.SOLD, hold_until=None, ends=None, refund=refund)


def _moments(channel: Channel, dates: Dates, count: int, chance: Random) -> Iterator[datetime]:
    """``count`` moments from the first day of sale to the day of the event."""
    length = dates.event.on_sale
    days = range(length + 1)  # since the first day of sale
    office = channel.kind == ChannelKind.HIDDEN
    week = OFFICE_WEEK if office else WEEK
    first = dates.opens
    weights = [
        _pull(channel.audience, since, length) * week[(first + timedelta(days=since)).weekday()]
        for since in days
    ]
    counter = channel.kind == ChannelKind.PHYSICAL
    hours = OFFICE_HOURS if office else COUNTER_HOURS if counter else ONLINE_HOURS
    for since in chance.choices(days, weights, k=count):
        hour = chance.choices(range(24), hours)[0]
        at = datetime.combine(first.date() + timedelta(days=since), time(hour), dates.zone)
        yield at + timedelta(seconds=chance.randrange(3600), microseconds=chance.randrange(10**6))


def _pull(audience: Audience, since: int, length: int) -> float:
    left = length - since
    if audience == Audience.PLANNER:
        return 2.4 * math.exp(-since / 5) + 0.9 * left / length + 0.25 + 0.6 * math.exp(-left / 4)
    return 1.3 * math.exp(-since / 2) + 0.3 + 2.6 * math.exp(-left / 3.5)


def _item(
    event: Event, channel: Channel, dates: Dates, at: datetime, chance: Random
) -> Item | None:
    items = [item for item in event.items if _on_offer(item, channel, dates, at)]
    if not items:
        return None
    return chance.choices(items, [item.demand for item in items])[0]


def _on_offer(item: Item, channel: Channel, dates: Dates, at: datetime) -> bool:
    start, end = dates.item_window(item)
    stopped = dates.stopped(item, channel.code)
    return item.kind in channel.sells and start <= at < end and (stopped is None or at < stopped)


def _sale(at: datetime, channel: Channel, item: Item, dates: Dates, chance: Random) -> Sale:
    quantity = _quantity(channel, item, chance)
    reference = contact = None
    if channel.reference:
        reference = f"{channel.reference}-{chance.randrange(10**6):06d}"
    if channel.kind == ChannelKind.DIRECT and chance.random() < WITH_CONTACT:
        contact = _contact(chance)
    fate, hold_until, ends = _fate(at, channel, dates, chance)
    refund = None
    if fate in (Fate.SOLD, Fate.CONFIRMED) and chance.random() < REFUNDED:
        refund = _refund(ends or at, quantity, dates, chance)
    return Sale(
        at, channel.code, item.name, quantity, fate, hold_until, ends, refund,
        reference or "", contact,
    )  # fmt: skip


def _quantity(channel: Channel, item: Item, chance: Random) -> int:
    if channel.party is not None:
        quantity = chance.randint(*channel.party)
    else:
        parties = PARTIES[item.kind]
        quantity = chance.choices(list(parties), list(parties.values()))[0]
    return min(quantity, item.maximum or quantity)


def _contact(chance: Random) -> tuple[str, str]:
    name, number = chance.choice(FIRST_NAMES), chance.randrange(1000)
    return f"{name} Example", f"{name.lower()}.{number}@example.com"


def _fate(
    at: datetime, channel: Channel, dates: Dates, chance: Random
) -> tuple[Fate, datetime | None, datetime | None]:
    until = at + timedelta(seconds=channel.default_hold_seconds)
    # A hold that would end any moment is of no use to who looks at the demo.
    if until > dates.now + timedelta(minutes=30) and chance.random() < UNDECIDED:
        return Fate.HELD, until, None
    if chance.random() >= HOLDING.get(channel.kind, HOLDING_ELSEWHERE):
        return Fate.SOLD, None, None
    fate = _choose(HOLD_FATES, chance)
    ends = until + timedelta(seconds=chance.randint(1, 12))
    if fate != Fate.EXPIRED:
        ends = at + (until - at) * chance.uniform(0.05, 0.9)
    if ends > dates.last_sale:
        return Fate.SOLD, None, None
    return fate, until, ends


def _choose(options: Sequence[tuple[Fate, int]], chance: Random) -> Fate:
    return chance.choices([fate for fate, _ in options], [often for _, often in options])[0]


def _refund(
    sold: datetime, quantity: int, dates: Dates, chance: Random
) -> tuple[datetime, int] | None:
    """When and how many are given back; ``None`` for what has not happened yet."""
    at = sold + timedelta(hours=2 + chance.expovariate(1 / 90))
    tickets = quantity
    # Where the event is cancelled the rest comes back later, and a booking tells of one change.
    if quantity > 1 and chance.random() < 0.3 and dates.event.status != EventStatus.CANCELLED:
        tickets = chance.randint(1, quantity - 1)
    return (at, tickets) if at < min(dates.last_sale, dates.starts) else None
