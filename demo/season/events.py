"""What is played: past and coming, sold out and sold badly."""

from datetime import time
from decimal import Decimal
from functools import partial

from demo.season.channels import (
    DYNAMIC,
    FIXED,
    HYBRID,
    HYBRID_WITH_SPONSORS,
    PRIORITY,
    TIERED,
)
from demo.season.shapes import (
    Event,
    Hold,
    Item,
    Kill,
    Move,
    Outing,
    Request,
    Revision,
    Stop,
)
from events.enums import EventStatus, ItemKind, UnitType

GA, LOUNGE, PARKING = "General admission", "Lounge", "Car park"
STALLS, BALCONY = "Stalls", "Balcony"
FAIR, HALL = "Fairground", "Hall"


def _concert(adult: int, early: int = 150) -> tuple[Item, ...]:
    """``early``: how many early birds there are."""
    price = partial(_percent, adult)
    return (
        Item("Adult", ItemKind.STANDALONE, price(100), {GA: 1}, maximum=30, demand=24),
        Item("Early bird", ItemKind.EARLY_BIRD, price(75), {GA: 1}, limit=early, maximum=4,
             demand=9, until=30),
        Item("Family pack of 4", ItemKind.FAMILY_PACK, price(340), {GA: 4}, UnitType.FAMILY,
             maximum=3, demand=3),
        Item("Adult + parking", ItemKind.BUNDLE, price(118), {GA: 1, PARKING: 1}, demand=7),
        Item("Lounge + parking", ItemKind.BUNDLE, price(290), {LOUNGE: 1, PARKING: 1}, maximum=6,
             demand=2),
        Item("Same-day standing", ItemKind.SAME_DAY, price(80), {GA: 1}, maximum=2, demand=12),
    )  # fmt: skip


def _theater(stalls: int) -> tuple[Item, ...]:
    price = partial(_percent, stalls)
    return (
        Item(STALLS, ItemKind.STANDALONE, price(100), {STALLS: 1}, maximum=20, demand=12),
        Item(BALCONY, ItemKind.STANDALONE, price(66), {BALCONY: 1}, maximum=20, demand=8),
        Item("Student balcony", ItemKind.EARLY_BIRD, price(38), {BALCONY: 1}, UnitType.STUDENT,
             limit=60, maximum=2, demand=4, until=7),
        Item("Family pack of 4", ItemKind.FAMILY_PACK, price(220), {BALCONY: 4}, UnitType.FAMILY,
             maximum=2, demand=1),
        Item("Last-minute balcony", ItemKind.SAME_DAY, price(45), {BALCONY: 1}, maximum=2, demand=8),
    )  # fmt: skip


def _fair(day: int) -> tuple[Item, ...]:
    price = partial(_percent, day)
    return (
        Item("Day ticket", ItemKind.STANDALONE, price(100), {FAIR: 1}, maximum=30, demand=12),
        Item("Child", ItemKind.STANDALONE, price(40), {FAIR: 1}, UnitType.CHILD, maximum=30, demand=4),
        Item("Family pack of 4", ItemKind.FAMILY_PACK, price(250), {FAIR: 4}, UnitType.FAMILY,
             maximum=3, demand=5),
        Item("Day ticket + parking", ItemKind.BUNDLE, price(135), {FAIR: 1, PARKING: 1}, demand=4),
        Item("Evening ticket", ItemKind.SAME_DAY, price(60), {FAIR: 1}, maximum=10, demand=8),
    )  # fmt: skip


def _hall(seat: int) -> tuple[Item, ...]:
    price = partial(_percent, seat)
    return (
        Item("Seat", ItemKind.STANDALONE, price(100), {HALL: 1}, maximum=20, demand=16),
        Item("Senior", ItemKind.STANDALONE, price(70), {HALL: 1}, UnitType.SENIOR, maximum=20,
             demand=4),
        Item("Early bird", ItemKind.EARLY_BIRD, price(75), {HALL: 1}, limit=120, maximum=4, demand=7,
             until=21),
        Item("Seat + parking", ItemKind.BUNDLE, price(125), {HALL: 1, PARKING: 1}, demand=4),
    )  # fmt: skip


def _percent(amount: int, percent: int) -> Decimal:
    """In whole tens, as prices are written."""
    return Decimal(round(amount * percent / 1000) * 10)


_arena = partial(Event, "sahyadri-arena", starts=time(19, 30), hours=3, plan=HYBRID)
_tughlaq = partial(
    Event, "sahyadri-arena", "Tughlaq", starts=time(20, 0), hours=2, series="Winter Theater",
    pools={STALLS: 620, BALCONY: 420}, items=_theater(900), plan=FIXED, on_sale=50,
)  # fmt: skip
_court = partial(Event, "hawa-court", plan=HYBRID)
_craft_fair = partial(
    _court, "Jaipur Craft Fair", starts=time(0, 0), hours=24, series="Jaipur Craft Fair",
    pools={FAIR: 3000, PARKING: 400}, items=_fair(400), all_day=True, on_sale=40,
)  # fmt: skip
_cubbon = partial(Event, "cubbon-hall", hours=2, plan=FIXED)
_pavilion = partial(Event, "backwater-pavilion", plan=DYNAMIC)
_kathakali = partial(
    _pavilion, "Kathakali Evening", starts=time(18, 30), hours=2, series="Kathakali Evenings",
    pools={STALLS: 420, BALCONY: 280}, items=_theater(700), on_sale=35,
)  # fmt: skip

EVENTS = (
    _arena("Sitar at Dusk", -24, pools={GA: 2200, LOUNGE: 120, PARKING: 330},
           items=_concert(1500), bookings=780, series="Sahyadri Nights"),
    _kathakali(-8, bookings=190),
    _court("Puppets of Rajasthan", -6, starts=time(17, 0), hours=2,
           pools={STALLS: 380, BALCONY: 300}, items=_theater(500), bookings=190),
    _cubbon("Carnatic Mornings", -3, starts=time(7, 30), plan=PRIORITY,
            pools={HALL: 900, PARKING: 160}, items=_hall(800), bookings=380),
    _tughlaq(-1, bookings=340),
    _court("Fort Light Walk", 0, starts=time(21, 0), hours=2, plan=DYNAMIC,
           pools={FAIR: 1500, PARKING: 160}, items=_fair(650), bookings=430),
    _arena("Stand-up Saturday", 1, hours=2, plan=FIXED,
           pools={STALLS: 820, BALCONY: 620}, items=_theater(1100), bookings=480,
           requests=(Request(3, STALLS, "website", 6, "The website is short of stalls"),
                     Request(9, BALCONY, "app", 40, "The app sells faster",
                             rejected="What is left is needed at the door"),
                     Request(2, STALLS, "yatra-desk", 20, "A school class", by_partner=True)),
           holds=(Hold("guest-list", STALLS, 6, "Comedians and crew", "PROMOTER", "promoter@finlo.example",
                       "Rider of the show",
                       guests=(("Meera Iyer", 2, "opening act"), ("José Fernandes", 1, "sound"),
                               ("Anand Rao", 1, "press, Sunday Mirror"))),
                  Hold("sponsor", STALLS, 8, "Monsoon Tea", "SPONSOR", "Monsoon Tea Company",
                       "Contract of the season"))),
    _cubbon("Jazz by the Lake", 3, starts=time(19, 0), plan=HYBRID,
            pools={HALL: 1200, PARKING: 180}, items=_hall(1400), bookings=520,
            kills=(Kill(HALL, 6, "Camera platform in row F"),)),
    _tughlaq(5, bookings=470, in_small=True,
             stops=(Stop("Student balcony", "Student cards cannot be checked at this date", 5),)),
    _tughlaq(6, bookings=330, in_small=True,
             outings=(Outing("kiosk", "Kiosk 2, north foyer", "K2", STALLS, 8, (2, 1, 3),
                             "The wrong date", beyond=4, out_hours_ago=10, back_hours_ago=7),)),
    _kathakali(6, bookings=200,
               moves=(Move(12, STALLS, 4),
                      Move(9, BALCONY, 4))),
    _arena("Qawwali Night", 9, bookings=300, items=_concert(1600),
           pools={GA: 1200, LOUNGE: 100, PARKING: 260}, series="Sahyadri Nights",
           status=EventStatus.CANCELLED, status_days_ago=3,
           status_reason="The lead singer is ill; no other date was found"),
    _craft_fair(9, bookings=1150, in_small=True),
    _craft_fair(10, bookings=1150),
    _craft_fair(11, bookings=900,
                stops=(Stop("Day ticket + parking", "The car park opens for traders only", 2),)),
    _arena("Monsoon Ragas", 12, pools={GA: 3200, LOUNGE: 200, PARKING: 520}, in_small=True,
           items=_concert(1800, early=300), bookings=1400, series="Sahyadri Nights",
           listing_limits={("Adult + parking", "deccan-tickets"): 60, ("Adult", "bazaar"): 220},
           revisions=(Revision(18, GA, "website", 25, "Buyers move to the app: the website draws on "
                               "the open stock where 18 % do not suffice"),),
           stops=(Stop("Adult", "Prices differ from what was agreed", 1, channel="bazaar"),),
           requests=(Request(5, GA, "deccan-tickets", 60, "A company books for its people",
                             by_partner=True),),
           signed_days_ago=4),
    _tughlaq(13, bookings=330),
    _cubbon("Robotics Expo", 15, starts=time(0, 0), hours=24, all_day=True, plan=TIERED,
            pools={FAIR: 2600, PARKING: 300}, items=_fair(350), bookings=1300),
    _court("Desert Folk Night", 18, starts=time(19, 0), hours=3,
           pools={GA: 1600, LOUNGE: 120, PARKING: 200}, items=_concert(1200), bookings=90),
    _pavilion("Spice Market Food Fair", 20, starts=time(0, 0), hours=24, all_day=True,
              pools={FAIR: 1800, PARKING: 220}, items=_fair(300), bookings=700,
              moves=(Move(31, FAIR, 3),
                     Move(24, FAIR, 2))),
    _arena("Indie Weekender", 26, starts=time(18, 0), hours=5, plan=TIERED, on_sale=60,
           pools={GA: 6000, LOUNGE: 300, PARKING: 900}, items=_concert(2400, early=500),
           bookings=2300, in_small=True, series="Sahyadri Nights", draft=HYBRID_WITH_SPONSORS),
    _cubbon("Bharatanatyam Gala", 30, starts=time(18, 30),
            pools={HALL: 1100, PARKING: 180}, items=_hall(1100), bookings=800),
    _arena("Film Scores Live", 33, pools={GA: 1800, LOUNGE: 140, PARKING: 350},
           items=_concert(2000), bookings=1100, status=EventStatus.PAUSED, status_days_ago=2,
           status_reason="The stage plan is being checked: rows A to C may go"),
    _arena("New Year Gala", 37, starts=time(21, 0), hours=5, plan=FIXED, on_sale=30,
           pools={GA: 2600, LOUNGE: 300, PARKING: 500}, items=_concert(3500), bookings=0,
           status=EventStatus.DRAFT),
)  # fmt: skip
