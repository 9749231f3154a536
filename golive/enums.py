from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunState(TextChoices):
    WAITING = "WAITING", _("Waiting for a worker")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Cancelled")
    FAILED = "FAILED", _("Failed")


# What a worker takes up.
WORK = (RunState.WAITING, RunState.RUNNING)


class Light(TextChoices):
    """What a check has found; a later one outweighs those before it."""

    GREEN = "GREEN", _("Passed")
    AMBER = "AMBER", _("Look at it")
    RED = "RED", _("Failed")


class CheckKind(TextChoices):
    """The guide's five points, in its order."""

    CHANNELS = "CHANNELS", _("Every channel reads the inventory")
    SALES = "SALES", _("Simultaneous sales oversell nothing")
    LIMITS = "LIMITS", _("Limits refuse what is beyond them")
    ALERTS = "ALERTS", _("Test alerts reach each team")
    APPROVAL = "APPROVAL", _("Transfers near the start wait for approval")


class Readiness(TextChoices):
    """How an event stands with its checklist."""

    NEVER_RUN = "NEVER_RUN", _("Not run yet")
    RUNNING = "RUNNING", _("Running")
    NOT_READY = "NOT_READY", _("Not ready")
    UNSIGNED = "UNSIGNED", _("Not signed")
    OUT_OF_DATE = "OUT_OF_DATE", _("Out of date")
    READY = "READY", _("Ready")
