from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BookingStatus(TextChoices):
    ON_HOLD = "ON_HOLD", _("On hold")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    EXPIRED = "EXPIRED", _("Expired")
    CANCELLED = "CANCELLED", _("Cancelled")


# Every lawful change of status. The trigger sales_booking_guard holds it in the database.
TRANSITIONS: dict[BookingStatus, frozenset[BookingStatus]] = {
    BookingStatus.ON_HOLD: frozenset(
        {BookingStatus.CONFIRMED, BookingStatus.EXPIRED, BookingStatus.CANCELLED}
    ),
    BookingStatus.CONFIRMED: frozenset({BookingStatus.CANCELLED}),
    BookingStatus.EXPIRED: frozenset(),
    BookingStatus.CANCELLED: frozenset(),
}


class Fate(TextChoices):
    """What becomes of a channel's confirmed bookings when their event is cancelled."""

    REFUND = "REFUND", _("Refund")
    KEEP = "KEEP", _("Keep")


class BlockKind(TextChoices):
    """For whom tickets are set aside."""

    LEASE = "LEASE", _("Lease of an offline terminal")
    NAMED = "NAMED", _("Named hold")


class HoldCategory(TextChoices):
    """For whom the tickets of a named hold are."""

    ARTIST = "ARTIST", _("Artist")
    PROMOTER = "PROMOTER", _("Promoter")
    SPONSOR = "SPONSOR", _("Sponsor")
    HOUSE = "HOUSE", _("House")


class HoldStep(TextChoices):
    """What was done to a named hold."""

    MADE = "MADE", _("Made")
    CHANGED = "CHANGED", _("Changed")
    LISTED = "LISTED", _("Guest list changed")
    ENDED = "ENDED", _("Ended early")
    RELEASED = "RELEASED", _("Released at its end")
    CANCELLED = "CANCELLED", _("Event canceled")


class BlockStatus(TextChoices):
    ACTIVE = "ACTIVE", _("Active")
    RETURNED = "RETURNED", _("Handed back")
    LAPSED = "LAPSED", _("Lapsed")


class Limit(TextChoices):
    """Why a sale or a hold was refused."""

    ALLOCATION = "ALLOCATION", _("The channel’s own allocation")
    OPEN = "OPEN", _("The open stock")
    CEILING = "CEILING", _("The plan’s most for the channel")
    LISTING = "LISTING", _("The limit of the listing")
    ITEM = "ITEM", _("The limit of the item")
    PER_BOOKING = "PER_BOOKING", _("The least and most of a booking")
    NOT_ON_SALE = "NOT_ON_SALE", _("Not on sale")
    WINDOW = "WINDOW", _("Outside the sales window")
    STOP = "STOP", _("Sales stopped")
    PRICE = "PRICE", _("Price out of range")
    HOLD_EXPIRED = "HOLD_EXPIRED", _("The hold had expired")


# Of these there were too few tickets; the others refuse whatever there is.
LIMITS_OF_QUANTITY = frozenset(
    {Limit.ALLOCATION, Limit.OPEN, Limit.CEILING, Limit.LISTING, Limit.ITEM}
)
