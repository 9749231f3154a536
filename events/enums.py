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
