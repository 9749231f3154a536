"""What the demo consists of, as plain data: venues, channels, events, people."""

from dataclasses import dataclass, field
from datetime import time
from functools import partial

from accounts.roles import Role
from allocations.enums import Audience, ChannelKind, ChannelPlace, Connectivity, Pricing, Team
from events.enums import ItemKind, UnitType


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
    team: Team = Team.BOX_OFFICE
    audience: Audience = Audience.IMPULSE
    pricing: Pricing = Pricing.FIXED
    connectivity: Connectivity = Connectivity.REAL_TIME
    settlement_days: int = 0
    default_hold_seconds: int = 600
    # How it comes by its tickets: its own part of each pool in percent, and the open row that
    # it draws on beyond it ("": the general one, None: none).
    share: int = 0
    draws_on: str | None = None
    ceiling_percent: int | None = None
    demand: int = 1  # relative to the others
    complimentary: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    kind: ItemKind
    price: int
    takes: dict[str, int]  # pool → units
    unit_type: UnitType = UnitType.ADULT
    limit: int | None = None
    most: int | None = 10
    demand: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    venue: str
    name: str
    series: str | None
    days_ahead: int
    starts: time
    hours: int
    pools: dict[str, int]
    items: tuple[Item, ...]
    bookings: int
    all_day: bool = False
    stop_item: tuple[str, str] | None = None
    listing_limits: dict[tuple[str, str], int] = field(default_factory=dict)  # (item, channel)


PARTNERS_ROW = "All partners"

VENUES = {
    "sahyadri-arena": ("Sahyadri Arena", "Mumbai"),
    "hawa-court": ("Hawa Court", "Jaipur"),
}

PEOPLE = (
    Person("admin@finlo.example", "Asha Rao", None, ()),
    Person("manager@finlo.example", "Vikram Desai", Role.VENUE_MANAGER, ("sahyadri-arena",)),
    Person("boxoffice@finlo.example", "Meera Joshi", Role.BOX_OFFICE, ("sahyadri-arena",)),
    Person("partners@finlo.example", "Kabir Singh", Role.PARTNER_MANAGER, ("sahyadri-arena",)),
    Person("finance@finlo.example", "Leela Nair", Role.FINANCE, tuple(VENUES)),
    Person("auditor@finlo.example", "Farhan Ali", Role.AUDITOR, tuple(VENUES)),
    Person("jaipur@finlo.example", "Nisha Rathore", Role.VENUE_MANAGER, ("hawa-court",)),
)

_outside = partial(Channel, team=Team.PARTNERS, audience=Audience.PLANNER, draws_on=PARTNERS_ROW)
CHANNELS = (
    Channel("website", "Website", ChannelKind.DIRECT, ChannelPlace.WEBSITE,
            share=15, draws_on="", demand=10),
    Channel("app", "Mobile app", ChannelKind.DIRECT, ChannelPlace.MOBILE_APP,
            share=10, draws_on="", demand=8),
    Channel("box-office", "Box office", ChannelKind.PHYSICAL, ChannelPlace.BOX_OFFICE,
            share=10, draws_on="", demand=5),
    Channel("kiosk", "Foyer kiosk", ChannelKind.PHYSICAL, ChannelPlace.KIOSK,
            share=3, connectivity=Connectivity.OFFLINE, demand=2),
    _outside("yatra-desk", "Yatra Desk", ChannelKind.PARTNER, ChannelPlace.TRAVEL_AGENT,
            share=8, settlement_days=30, ceiling_percent=15, demand=4),
    _outside("deccan-tickets", "Deccan Tickets", ChannelKind.PARTNER, ChannelPlace.RESELLER,
            share=10, settlement_days=15, pricing=Pricing.FREE, demand=6),
    _outside("ghar-outlets", "Ghar Outlets", ChannelKind.PARTNER, ChannelPlace.FRANCHISE,
            share=4, connectivity=Connectivity.PERIODIC, settlement_days=7, demand=2),
    _outside("bazaar", "Bazaar Marketplace", ChannelKind.THIRD_PARTY, ChannelPlace.MARKETPLACE,
            share=6, settlement_days=30, pricing=Pricing.FREE, demand=4),
    _outside("lotus-hotels", "Lotus Hotels", ChannelKind.THIRD_PARTY, ChannelPlace.HOTEL,
            share=3, settlement_days=45, demand=1),
    Channel("corporate", "Corporate desk", ChannelKind.HIDDEN, ChannelPlace.CORPORATE,
            team=Team.FINANCE, audience=Audience.PLANNER, share=5, settlement_days=30,
            default_hold_seconds=3600, demand=2),
    Channel("guest-list", "Guest list", ChannelKind.HIDDEN, ChannelPlace.GUEST_LIST,
            share=2, complimentary=True, demand=1),
)  # fmt: skip

GA, VIP, PARKING = "General admission", "Lounge", "Car park"

CONCERT_ITEMS = (
    Item("Adult", ItemKind.STANDALONE, 1800, {GA: 1}, demand=10),
    Item("Early bird", ItemKind.EARLY_BIRD, 1350, {GA: 1}, limit=150, most=4, demand=4),
    Item("Family pack of 4", ItemKind.FAMILY_PACK, 6000, {GA: 4}, UnitType.FAMILY, most=3,
         demand=2),
    Item("Adult + parking", ItemKind.BUNDLE, 2150, {GA: 1, PARKING: 1}, demand=3),
    Item("Lounge + parking", ItemKind.BUNDLE, 5200, {VIP: 1, PARKING: 1}, most=6, demand=1),
    Item("Same-day standing", ItemKind.SAME_DAY, 1500, {GA: 1}, most=2, demand=0),
)  # fmt: skip
THEATER_ITEMS = (
    Item("Stalls", ItemKind.STANDALONE, 900, {"Stalls": 1}, demand=6),
    Item("Balcony", ItemKind.STANDALONE, 600, {"Balcony": 1}, demand=5),
    Item("Student balcony", ItemKind.STANDALONE, 350, {"Balcony": 1}, UnitType.STUDENT, limit=40,
         demand=2),
    Item("Family pack of 4", ItemKind.FAMILY_PACK, 2000, {"Balcony": 4}, UnitType.FAMILY,
         most=2, demand=1),
)  # fmt: skip
FAIR_ITEMS = (
    Item("Day ticket", ItemKind.STANDALONE, 400, {"Fairground": 1}, most=20, demand=8),
    Item("Child", ItemKind.STANDALONE, 150, {"Fairground": 1}, UnitType.CHILD, most=20, demand=4),
    Item("Day ticket + parking", ItemKind.BUNDLE, 550, {"Fairground": 1, PARKING: 1}, demand=3),
)

EVENTS = (
    Event("sahyadri-arena", "Monsoon Ragas", "Sahyadri Nights", 12, time(19, 30), 3,
          {GA: 1000, VIP: 120, PARKING: 300}, CONCERT_ITEMS, 160,
          listing_limits={("Adult + parking", "deccan-tickets"): 60}),
    Event("sahyadri-arena", "Indie Weekender", "Sahyadri Nights", 26, time(18, 0), 5,
          {GA: 2400, VIP: 200, PARKING: 450}, CONCERT_ITEMS, 110),
    Event("sahyadri-arena", "Tughlaq", "Winter Theater", 5, time(20, 0), 2,
          {"Stalls": 280, "Balcony": 160}, THEATER_ITEMS, 120,
          stop_item=("Student balcony", "Student cards cannot be checked at this date")),
    Event("sahyadri-arena", "Tughlaq", "Winter Theater", 6, time(20, 0), 2,
          {"Stalls": 280, "Balcony": 160}, THEATER_ITEMS, 50),
    Event("hawa-court", "Jaipur Craft Fair", None, 9, time(0, 0), 24,
          {"Fairground": 3000, PARKING: 400}, FAIR_ITEMS, 90, all_day=True),
)  # fmt: skip
