from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunState(TextChoices):
    WAITING = "WAITING", _("Waiting for a worker")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")
    FAILED = "FAILED", _("Failed")


# What a worker takes up.
UNFINISHED = (RunState.WAITING, RunState.RUNNING)


class DemandKind(TextChoices):
    OWN = "OWN", _("This event’s own sales so far")
    EVENT = "EVENT", _("The sales of a past event")
    FILE = "FILE", _("A file of past sales")
    CURVE = "CURVE", _("A curve")
