from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventStatus(TextChoices):
    DRAFT = "DRAFT", _("Draft")
    ON_SALE = "ON_SALE", _("On sale")
    PAUSED = "PAUSED", _("Paused")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


# While an event is so, nothing of it is sold, moved or held. A closed one may be put on sale again.
ENDED = (EventStatus.CLOSED, EventStatus.CANCELLED)


class ItemKind(TextChoices):
    STANDALONE = "STANDALONE", _("Standalone ticket")
    BUNDLE = "BUNDLE", _("Bundle")
    EARLY_BIRD = "EARLY_BIRD", _("Early bird")
    SAME_DAY = "SAME_DAY", _("Same-day deal")
    FAMILY_PACK = "FAMILY_PACK", _("Family pack")


class UnitType(TextChoices):
    """Who a ticket is for, in OCTO's words."""

    ADULT = "ADULT", _("Adult")
    YOUTH = "YOUTH", _("Youth")
    CHILD = "CHILD", _("Child")
    INFANT = "INFANT", _("Infant")
    FAMILY = "FAMILY", _("Family")
    SENIOR = "SENIOR", _("Senior")
    STUDENT = "STUDENT", _("Student")
    MILITARY = "MILITARY", _("Military")
    OTHER = "OTHER", _("Other")


class Changing(TextChoices):
    """Of what is noted when its last change was committed."""

    EVENT = "EVENT", _("Event")
    TRANSFER = "TRANSFER", _("Transfer")
    ALERT = "ALERT", _("Alert")


class SalesState(TextChoices):
    """Whether an event as a whole sells at a moment, and if not, why: its status, its stops and the clock together.

    ``sales/event_state.py`` decides it. The label is the headline of its banner.
    """

    OPEN = "OPEN", _("On sale")
    PARTLY_STOPPED = "PARTLY_STOPPED", _("Part of it is stopped")
    ALL_STOPPED = "ALL_STOPPED", _("All of it is stopped")
    STOPPED = "STOPPED", _("Selling is stopped")
    NOT_YET = "NOT_YET", _("Sales have not begun")
    SALES_OVER = "SALES_OVER", _("Sales have ended")
    DRAFT = "DRAFT", _("Not on sale: a draft")
    PAUSED = "PAUSED", _("Sales are paused")
    CLOSED = "CLOSED", _("Sales are closed")
    OVER = "OVER", _("The event is over")
    CANCELLED = "CANCELLED", _("The event is cancelled")


# While an event is so, something of it may be sold. In any other state nobody can buy.
SELLING = (SalesState.OPEN, SalesState.PARTLY_STOPPED)
# These somebody has decided, and the history says who and why; the others come with the clock.
DECIDED = {
    SalesState.DRAFT: EventStatus.DRAFT,
    SalesState.PAUSED: EventStatus.PAUSED,
    SalesState.CLOSED: EventStatus.CLOSED,
    SalesState.CANCELLED: EventStatus.CANCELLED,
}
