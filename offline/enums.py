from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReportKind(TextChoices):
    """What a channel reports."""

    SALE = "SALE", _("Sale")
    RETURN = "RETURN", _("Return")


class Outcome(TextChoices):
    """What became of what was reported; a conflict that was booked later is accepted by then."""

    ACCEPTED = "ACCEPTED", _("Accepted")
    CONFLICT = "CONFLICT", _("Conflict")
    UNREADABLE = "UNREADABLE", _("Cannot be read")


# What is answered to a report that was made before; it is no outcome of its own.
DUPLICATE = "DUPLICATE"
# What is answered to a report that was left, since somebody keeps the stock of it: nothing was done, send it again.
LATER = "LATER"
STUCK = "BUSY"


# Why a report was not done at once, and how it is said in docs/offline.md and in the OpenAPI file.
PROBLEMS = (
    "SOLD_OUT",
    "NOT_ON_SALE",
    "EVENT_CANCELLED",
    "VALIDATION",
    "UNKNOWN_ITEM",
    "SEVERAL_EVENTS",
    "UNKNOWN_SALE",
    "NOT_ENOUGH_STOCK",
)
# What was out of order with a report that counts all the same.
NOTES = (
    "DIFFERS",
    "UNREADABLE_TIME",
    "NOT_ON_SALE",
    "STOP_SELL",
    "OUTSIDE_SALES_WINDOW",
    "PRICE_OUT_OF_RANGE",
    "VALIDATION",
    "INVALID_STATE",
    "CONFLICT_STATE",
    "PERHAPS_TWICE",
)


class ConflictStatus(TextChoices):
    OPEN = "OPEN", _("Open")
    RESOLVED = "RESOLVED", _("Resolved")


class Resolution(TextChoices):
    """How a conflict ended."""

    BOOKED = "BOOKED", _("Booked: there is stock by now")
    MOVED = "MOVED", _("Booked with units of another channel")
    OTHER_ITEM = "OTHER_ITEM", _("Booked as other items")
    CAPACITY = "CAPACITY", _("Booked after the capacity was raised")
    REFUNDED = "REFUNDED", _("Refunded at the channel")
    RETURNED = "RETURNED", _("The channel reported a return")
    REPORTED = "REPORTED", _("The channel reported it anew")
    SETTLED = "SETTLED", _("Settled outside this system")


class FileState(TextChoices):
    """How far a sales file is."""

    WAITING = "WAITING", _("Waiting to be checked")
    CHECKING = "CHECKING", _("Being checked")
    REJECTED = "REJECTED", _("Cannot be read")
    CHECKED = "CHECKED", _("Checked")
    QUEUED = "QUEUED", _("Waiting to be booked")
    BOOKING = "BOOKING", _("Being booked")
    DONE = "DONE", _("Booked")
    REFUNDING = "REFUNDING", _("Refunding what is gone")
    UNDOING = "UNDOING", _("Being undone")
    UNDONE = "UNDONE", _("Undone")
    FAILED = "FAILED", _("Broke off")


# What a worker takes up, and what the file's state is while it does.
FILE_WORK: dict[FileState, FileState] = {
    FileState.WAITING: FileState.CHECKING,
    FileState.CHECKING: FileState.CHECKING,
    FileState.QUEUED: FileState.BOOKING,
    FileState.BOOKING: FileState.BOOKING,
    FileState.REFUNDING: FileState.REFUNDING,
    FileState.UNDOING: FileState.UNDOING,
}
# In these it was not read yet, or could not be.
UNREAD = (FileState.WAITING, FileState.CHECKING, FileState.REJECTED, FileState.FAILED)


class LinesState(TextChoices):
    """Whether what was read of a sales file is still there, line by line."""

    KEPT = "KEPT", _("Kept")
    LEAVING = "LEAVING", _("Being forgotten")
    FORGOTTEN = "FORGOTTEN", _("Forgotten")


class FileMode(TextChoices):
    """What the numbers of a sales file are."""

    LINES = "LINES", _("Lines: each sale under the channel's own reference")
    TOTALS = "TOTALS", _("Counts so far: how many of each item have been sold in all")
