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
