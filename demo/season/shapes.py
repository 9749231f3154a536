"""What the season is written in. Days count from today, the day that the demo is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

from accounts.roles import Role
from allocations.enums import Audience, ChannelKind, ChannelPlace, Connectivity, Pricing, Team
from events.enums import EventStatus, ItemKind, UnitType


@dataclass(frozen=True, slots=True)
class Venue:
    name: str
    city: str
    channels: tuple[str, ...]
    # Channels that were stopped: code → days ago, and why.
    stopped: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    role: Role | None  # None: superuser
    venues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    code: str
    name: str
    kind: ChannelKind
    place: ChannelPlace
    sells: frozenset[ItemKind]
    demand: int  # bookings, relative to the other channels
    team: Team = Team.BOX_OFFICE
    audience: Audience = Audience.IMPULSE
    pricing: Pricing = Pricing.FIXED
    connectivity: Connectivity = Connectivity.REAL_TIME
    settlement_days: int = 0
    default_hold_seconds: int = 600
    longest_hold_seconds: int = 3600
    key: str = ""  # the name of its program's API key; "": people sell
    reference: str = ""  # what its own booking numbers begin with
    party: tuple[int, int] | None = None  # tickets a booking; None: as the item is bought
    complimentary: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What a plan gives a channel of each pool: ``share`` percent of its own, and what it draws.

    ``draws_on`` names an open row ("": the general one, ``None``: none), ``opens`` and ``closes``
    the days before the event between which it may draw, ``after_tier`` that it may once the tier
    above may not. ``ceiling``: how far its quantity may grow, in percent; ``floor``: what is left
    to it, in percent, when stock moves to where it sells; ``goes_back``: the hours before the event at
    which what is unsold of its own does.
    """

    share: int = 0
    draws_on: str | None = None
    ceiling: int | None = None
    opens: int | None = None
    closes: int | None = None
    tier: int = 1
    after_tier: bool = False
    floor: int | None = None
    goes_back: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``named``: open rows for groups of channels, in percent of each pool, and ``goes_back``:
    the hours before the event at which these go back.
    """

    parts: Mapping[str, Part]
    reason: str
    named: Mapping[str, int] = field(default_factory=dict)
    goes_back: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revision:
    """So many days before the event a channel's share of a pool became what the plan now says."""

    days_before: int
    pool: str
    channel: str
    share_before: int
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    kind: ItemKind
    price: Decimal
    takes: Mapping[str, int]  # pool → units
    unit_type: UnitType = UnitType.ADULT
    limit: int | None = None
    maximum: int | None = 10
    demand: int = 1
    until: int | None = None  # days before the event at which its sale ends


@dataclass(frozen=True, slots=True)
class Move:
    """So many days before the event, stock of the channel that sells worst goes to the best."""

    days_before: int
    pool: str
    percent: int  # of the pool


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked, so many hours ago, for units for a channel, and it waits; or it was
    ``rejected``, with why. They are to come from the channel that has most left; or the partner of the
    channel asks for more.
    """

    hours_ago: float
    pool: str
    target: str
    units: int
    reason: str
    rejected: str = ""
    by_partner: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """An item, or one channel's listing of it, that was stopped so many days ago."""

    item: str
    reason: str
    days_ago: int
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Outing:
    """A terminal that went out with a lease of so many tickets of an item, and has reported since.

    ``sold``: the tickets of each of its sales, the first of which was ``returned``; then a group bought so
    many ``beyond`` all that there was, and a sale was of an item that no list has any more.
    """

    channel: str
    terminal: str
    prefix: str  # of its own numbers
    item: str
    tickets: int
    sold: tuple[int, ...]
    returned: str
    beyond: int
    out_hours_ago: int
    back_hours_ago: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Tickets of a hidden channel, set aside for somebody until the event starts. ``guests``: name, tickets, note."""

    channel: str
    item: str
    tickets: int  # or as many as the channel has left
    name: str
    category: str
    owner: str  # a name, or the address of a person of the venue
    reason: str
    guests: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Kill:
    """So many units of a pool's open stock that nobody can sit on."""

    pool: str
    units: int
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    venue: str
    name: str
    day: int
    starts: time
    hours: int
    pools: Mapping[str, int]
    items: tuple[Item, ...]
    plan: Plan
    bookings: int  # asked for from the first day of sale to the last
    on_sale: int = 45  # days of sale before the event
    series: str | None = None
    all_day: bool = False
    # What became of it beyond being on sale and then closed: since so many days ago, and why.
    status: EventStatus | None = None
    status_days_ago: int = 0
    status_reason: str = ""
    stops: tuple[Stop, ...] = ()
    moves: tuple[Move, ...] = ()
    revisions: tuple[Revision, ...] = ()
    requests: tuple[Request, ...] = ()
    outings: tuple[Outing, ...] = ()
    holds: tuple[Hold, ...] = ()
    kills: tuple[Kill, ...] = ()
    signed_days_ago: int | None = None  # the manager read and signed how its transfers are approved
    draft: Plan | None = None  # a plan for its first pool that nobody has applied yet
    listing_limits: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (item, channel)
    in_small: bool = False  # part of the small season too

    @property
    def key(self) -> str:
        return f"{self.venue}/{self.name}/{self.day}"
