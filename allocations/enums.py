from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ChannelKind(TextChoices):
    DIRECT = "DIRECT", _("Direct digital")
    PHYSICAL = "PHYSICAL", _("Physical")
    PARTNER = "PARTNER", _("Partner")
    THIRD_PARTY = "THIRD_PARTY", _("Third party")
    HIDDEN = "HIDDEN", _("Hidden")


class ChannelPlace(TextChoices):
    """What a channel is, more closely; each belongs to one kind."""

    WEBSITE = "WEBSITE", _("Website")
    MOBILE_APP = "MOBILE_APP", _("Mobile app")
    PWA = "PWA", _("Progressive web app")
    BOX_OFFICE = "BOX_OFFICE", _("Box office")
    KIOSK = "KIOSK", _("Kiosk")
    POP_UP = "POP_UP", _("Pop-up")
    RESELLER = "RESELLER", _("Reseller")
    FRANCHISE = "FRANCHISE", _("Franchise outlet")
    TRAVEL_AGENT = "TRAVEL_AGENT", _("Travel agent")
    AGGREGATOR = "AGGREGATOR", _("Aggregator")
    MARKETPLACE = "MARKETPLACE", _("Marketplace")
    HOTEL = "HOTEL", _("Hotel")
    CORPORATE = "CORPORATE", _("Corporate bulk")
    SPONSOR = "SPONSOR", _("Sponsor")
    GUEST_LIST = "GUEST_LIST", _("Guest list")
    COMPS = "COMPS", _("Complimentary")


PLACES: dict[ChannelKind, tuple[ChannelPlace, ...]] = {
    ChannelKind.DIRECT: (ChannelPlace.WEBSITE, ChannelPlace.MOBILE_APP, ChannelPlace.PWA),
    ChannelKind.PHYSICAL: (ChannelPlace.BOX_OFFICE, ChannelPlace.KIOSK, ChannelPlace.POP_UP),
    ChannelKind.PARTNER: (
        ChannelPlace.RESELLER,
        ChannelPlace.FRANCHISE,
        ChannelPlace.TRAVEL_AGENT,
    ),
    ChannelKind.THIRD_PARTY: (
        ChannelPlace.AGGREGATOR,
        ChannelPlace.MARKETPLACE,
        ChannelPlace.HOTEL,
    ),
    ChannelKind.HIDDEN: (
        ChannelPlace.CORPORATE,
        ChannelPlace.SPONSOR,
        ChannelPlace.GUEST_LIST,
        ChannelPlace.COMPS,
    ),
}


class Audience(TextChoices):
    IMPULSE = "IMPULSE", _("Impulse buyers")
    PLANNER = "PLANNER", _("Planners")


class Pricing(TextChoices):
    FIXED = "FIXED", _("Fixed list price")
    FREE = "FREE", _("Free between a floor and a ceiling")


class Connectivity(TextChoices):
    REAL_TIME = "REAL_TIME", _("Real time")
    PERIODIC = "PERIODIC", _("Periodic sync")
    OFFLINE = "OFFLINE", _("Offline at times")


# Channels that report late: what they have sold since is estimated, and set aside for.
REPORTS_LATE = (Connectivity.PERIODIC, Connectivity.OFFLINE)


def may_lease(kind: str, connectivity: str) -> bool:
    """Whether a channel's terminals may sell from leases: where it reports late, and at every counter (ADR 21)."""
    return connectivity in REPORTS_LATE or kind == ChannelKind.PHYSICAL


class Team(TextChoices):
    """Who looks after a channel, and hears of what is wrong with it."""

    BOX_OFFICE = "BOX_OFFICE", _("Box office")
    PARTNERS = "PARTNERS", _("Partner managers")
    FINANCE = "FINANCE", _("Finance")


class ContactKind(TextChoices):
    """By what a channel's programs give a sign of life."""

    CALL = "CALL", _("API call")
    SYNC = "SYNC", _("Sync")
    SOCKET = "SOCKET", _("Live socket")


class StockKind(TextChoices):
    CHANNEL = "CHANNEL", _("Channel")
    OPEN = "OPEN", _("Open")
    LIMIT = "LIMIT", _("Limit")
    KILLED = "KILLED", _("Out of sale")


# What makes up a pool's capacity.
OF_POOLS = (StockKind.CHANNEL, StockKind.OPEN, StockKind.KILLED)


class MovementKind(TextChoices):
    CAPACITY = "CAPACITY", _("Capacity changed")
    MOVE = "MOVE", _("Moved")
    LIMIT = "LIMIT", _("Limit changed")
    TERMS = "TERMS", _("Drawing terms changed")
    PLAN = "PLAN", _("Plan applied")
    RELEASE_BACK = "RELEASE_BACK", _("Released back")
    HOLD = "HOLD", _("Held")
    CONFIRM = "CONFIRM", _("Confirmed")
    SELL = "SELL", _("Sold")
    AMEND = "AMEND", _("Amended")
    RELEASE = "RELEASE", _("Released")
    EXPIRE = "EXPIRE", _("Expired")
    REFUND = "REFUND", _("Refunded")
    DRAW = "DRAW", _("Drawn by a channel")
    UNDRAW = "UNDRAW", _("Given back by a channel")
    KILL = "KILL", _("Taken out of sale")
    PUT_BACK = "PUT_BACK", _("Put back on sale")
    SET_ASIDE = "SET_ASIDE", _("Set aside")
    HAND_BACK = "HAND_BACK", _("Handed back")


# What people and services do to stock beside selling; an event has few of these.
SETUP_MOVEMENTS = (
    MovementKind.CAPACITY,
    MovementKind.MOVE,
    MovementKind.LIMIT,
    MovementKind.TERMS,
    MovementKind.PLAN,
    MovementKind.RELEASE_BACK,
    MovementKind.KILL,
    MovementKind.PUT_BACK,
)


class DocumentKind(TextChoices):
    """What a movement belongs to, beyond a person's own act."""

    NONE = "", _("None")
    BOOKING = "BOOKING", _("Booking")
    PLAN = "PLAN", _("Allocation plan")
    TRANSFER = "TRANSFER", _("Transfer")
    BLOCK = "BLOCK", _("Lease")
    NAMED_HOLD = "NAMED_HOLD", _("Named hold")
    KILL = "KILL", _("Out of sale")


class PlanStatus(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    IN_FORCE = "IN_FORCE", _("In force")
    REPLACED = "REPLACED", _("Replaced")


class Strategy(TextChoices):
    """The guide's names for the shapes that the lines of a plan have."""

    FIXED = "FIXED", _("Fixed")
    PRIORITY = "PRIORITY", _("Priority")
    DYNAMIC = "DYNAMIC", _("Dynamic")
    HYBRID = "HYBRID", _("Hybrid")


class Draws(TextChoices):
    """Where a channel takes what its guaranteed part does not cover."""

    NONE = "NONE", _("Nowhere")
    GENERAL = "GENERAL", _("The general open stock")
    GROUP = "GROUP", _("The open stock of a group")


class Opens(TextChoices):
    """When a channel may begin to draw."""

    AT_ONCE = "AT_ONCE", _("At once")
    AT = "AT", _("On a date")
    AFTER_ON_SALE = "AFTER_ON_SALE", _("So long after sales begin")
    BEFORE_START = "BEFORE_START", _("So long before the event")
    AFTER_TIER = "AFTER_TIER", _("When the tier above ends")


class Closes(TextChoices):
    """When a channel may draw no longer."""

    NEVER = "NEVER", _("With the sale")
    AT = "AT", _("On a date")
    AFTER_OPENING = "AFTER_OPENING", _("So long after it opens")
    BEFORE_START = "BEFORE_START", _("So long before the event")


class Stopped(TextChoices):
    """What can be stopped from selling."""

    EVENT = "EVENT", _("Event")
    ITEM = "ITEM", _("Item")
    CHANNEL = "CHANNEL", _("Sales channel")
    LISTING = "LISTING", _("Listing")
