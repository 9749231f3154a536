"""The channels that sell the season, all five kinds of them, and the plans that divide it."""

from dataclasses import replace
from functools import partial

from allocations.enums import Audience, ChannelKind, ChannelPlace, Connectivity, Pricing, Team
from demo.season.shapes import Channel, Part, Plan
from events.enums import ItemKind

_EVERYTHING = frozenset(ItemKind)
_AT_THE_DOOR = frozenset({ItemKind.STANDALONE, ItemKind.SAME_DAY})
_TRADE = frozenset({ItemKind.STANDALONE, ItemKind.BUNDLE})
_RETAIL = frozenset({ItemKind.STANDALONE, ItemKind.FAMILY_PACK})
_SINGLE = frozenset({ItemKind.STANDALONE})

_HOUR, _DAY = 3600, 24 * 3600
_partner = partial(
    Channel, kind=ChannelKind.PARTNER, team=Team.PARTNERS, audience=Audience.PLANNER, sells=_TRADE,
    longest_hold_seconds=2 * _DAY,
)  # fmt: skip
_third_party = partial(
    Channel, kind=ChannelKind.THIRD_PARTY, team=Team.PARTNERS, settlement_days=30
)
_hidden = partial(
    Channel, kind=ChannelKind.HIDDEN, team=Team.FINANCE, audience=Audience.PLANNER, sells=_SINGLE,
    default_hold_seconds=3 * _DAY, longest_hold_seconds=7 * _DAY,
)  # fmt: skip

CHANNELS = {
    channel.code: channel
    for channel in (
        Channel("website", "Website", ChannelKind.DIRECT, ChannelPlace.WEBSITE, _EVERYTHING, 30,
                key="Web shop", reference="W"),
        Channel("app", "Mobile app", ChannelKind.DIRECT, ChannelPlace.MOBILE_APP, _EVERYTHING, 24,
                key="App back end", reference="M"),
        Channel("box-office", "Box office", ChannelKind.PHYSICAL, ChannelPlace.BOX_OFFICE,
                _EVERYTHING, 13),
        Channel("kiosk", "Foyer kiosk", ChannelKind.PHYSICAL, ChannelPlace.KIOSK, _AT_THE_DOOR, 5,
                connectivity=Connectivity.OFFLINE, key="Kiosk terminals"),
        Channel("pop-up", "Station pop-up", ChannelKind.PHYSICAL, ChannelPlace.POP_UP, _SINGLE, 3,
                connectivity=Connectivity.OFFLINE, key="Pop-up tablet"),
        _partner("yatra-desk", "Yatra Desk", place=ChannelPlace.TRAVEL_AGENT, demand=6,
                 settlement_days=30, default_hold_seconds=_DAY, key="Reservations",
                 reference="YD", party=(2, 8)),
        _partner("deccan-tickets", "Deccan Tickets", place=ChannelPlace.RESELLER, demand=12,
                 settlement_days=15, pricing=Pricing.FREE, default_hold_seconds=4 * _HOUR,
                 key="Storefront", reference="DT"),
        _partner("ghar-outlets", "Ghar Outlets", place=ChannelPlace.FRANCHISE, demand=8,
                 settlement_days=7, connectivity=Connectivity.PERIODIC, key="Nightly sync",
                 reference="GO"),
        _third_party("bazaar", "Bazaar Marketplace", place=ChannelPlace.MARKETPLACE, sells=_RETAIL,
                     demand=9, pricing=Pricing.FREE, key="Marketplace", reference="BZ"),
        _third_party("lotus-hotels", "Lotus Hotels", place=ChannelPlace.HOTEL, sells=_TRADE,
                     demand=3, audience=Audience.PLANNER, settlement_days=45,
                     default_hold_seconds=6 * _HOUR, longest_hold_seconds=_DAY, key="Concierge", reference="LH"),
        _hidden("corporate", "Corporate desk", place=ChannelPlace.CORPORATE, demand=3,
                settlement_days=30, party=(6, 14), reference="PO"),
        _hidden("sponsor", "Sponsor seats", place=ChannelPlace.SPONSOR, demand=1, party=(4, 10),
                complimentary=True),
        _hidden("guest-list", "Guest list", place=ChannelPlace.GUEST_LIST, demand=2, party=(1, 2),
                complimentary=True),
    )
}  # fmt: skip

PARTNERS_ROW = "All partners"
# What is not called for three days before the event is sold to others.
_HIDDEN_FEW = {"corporate": Part(6, goes_back=72), "guest-list": Part(1)}
_HIDDEN = {**_HIDDEN_FEW, "sponsor": Part(1)}
_AS_CALLED = {
    "corporate": Part(0, "", ceiling=6),
    "guest-list": Part(0, "", ceiling=1),
    "sponsor": Part(0, "", ceiling=1),
}

# Parts that stay as they are; the partners share one, which each of them may draw on.
FIXED = Plan(
    {
        "website": Part(27), "app": Part(21), "box-office": Part(12), "kiosk": Part(4),
        "pop-up": Part(2),
        "yatra-desk": Part(2, PARTNERS_ROW), "deccan-tickets": Part(4, PARTNERS_ROW),
        "ghar-outlets": Part(1, PARTNERS_ROW), "bazaar": Part(3, PARTNERS_ROW, ceiling=10),
        "lotus-hotels": Part(0, PARTNERS_ROW, ceiling=5),
        **_HIDDEN,
    },
    "As agreed with the partners for the season",
    {PARTNERS_ROW: 16}, {PARTNERS_ROW: 48},
)  # fmt: skip
_FIRST = {
    "website": Part(0, ""), "app": Part(0, ""), "box-office": Part(0, ""),
    "yatra-desk": Part(0, "", opens=28, tier=2), "deccan-tickets": Part(0, "", opens=28, tier=2),
    "ghar-outlets": Part(0, "", opens=28, tier=2),
    **_AS_CALLED,
}  # fmt: skip
# Nobody has a part of the open stock, and the own channels come to it first.
PRIORITY = Plan(
    {
        **_FIRST,
        "bazaar": Part(0, "", ceiling=15, opens=14, tier=3),
        "lotus-hotels": Part(0, "", opens=14, tier=3),
        "kiosk": Part(0, "", opens=7, tier=4),
    },
    "Our own channels first, then the partners, then everybody",
)
# The marketplace has one week, and the foyer what it leaves.
TIERED = Plan(
    {
        **_FIRST,
        "bazaar": Part(0, "", ceiling=15, opens=14, closes=7, tier=3),
        "lotus-hotels": Part(0, "", opens=14, closes=7, tier=3),
        "kiosk": Part(0, "", tier=4, after_tier=True),
    },
    "Our own channels first, the marketplace for one week, the foyer last",
)
# A floor for each channel; what is left above it moves to where it sells.
DYNAMIC = Plan(
    {
        "website": Part(20, floor=10), "app": Part(18, floor=9), "box-office": Part(12, floor=6),
        "kiosk": Part(4, floor=1), "yatra-desk": Part(10, floor=4),
        "deccan-tickets": Part(12, floor=5), "bazaar": Part(8, floor=2),
        "lotus-hotels": Part(4, floor=1), "corporate": Part(6, floor=2, goes_back=72),
        "guest-list": Part(1, floor=0), "sponsor": Part(1, floor=0),
    },
    "Begin with what each sold last winter; the rest goes to where it sells",
)  # fmt: skip
# Fixed parts for the key partners beside channels that draw.
HYBRID = Plan(
    {
        "website": Part(18, ""), "app": Part(14, ""), "box-office": Part(10, ""),
        "kiosk": Part(3, "", opens=7),
        "yatra-desk": Part(6, PARTNERS_ROW, ceiling=12), "deccan-tickets": Part(9, PARTNERS_ROW),
        "ghar-outlets": Part(4, PARTNERS_ROW), "bazaar": Part(6, PARTNERS_ROW),
        "lotus-hotels": Part(2, PARTNERS_ROW), **_HIDDEN_FEW,
    },
    "Fixed parts for the key partners, open stock for ourselves",
    {PARTNERS_ROW: 7}, {PARTNERS_ROW: 24},
)  # fmt: skip
# The same where sponsors have seats already.
HYBRID_WITH_SPONSORS = replace(HYBRID, parts={**HYBRID.parts, "sponsor": Part(0, "", ceiling=1)})
