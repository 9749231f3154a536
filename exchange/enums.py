from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FileKind(TextChoices):
    CSV = "CSV", _("CSV")
    XLSX = "XLSX", _("Excel workbook")


class RunState(TextChoices):
    WAITING = "WAITING", _("Waiting to be checked")
    CHECKING = "CHECKING", _("Being checked")
    READY = "READY", _("Ready to import")
    REJECTED = "REJECTED", _("Has problems")
    QUEUED = "QUEUED", _("Waiting to be imported")
    IMPORTING = "IMPORTING", _("Being imported")
    DONE = "DONE", _("Imported")
    FAILED = "FAILED", _("Failed")
    DISCARDED = "DISCARDED", _("Discarded")


# Every lawful change of state. A run that is worked on stays in its state when it is taken up
# again by another worker.
TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.WAITING: frozenset({RunState.CHECKING, RunState.DISCARDED, RunState.FAILED}),
    RunState.CHECKING: frozenset(
        {RunState.CHECKING, RunState.READY, RunState.REJECTED, RunState.FAILED}
    ),
    RunState.READY: frozenset({RunState.WAITING, RunState.QUEUED, RunState.DISCARDED}),
    RunState.REJECTED: frozenset({RunState.WAITING, RunState.DISCARDED}),
    RunState.QUEUED: frozenset({RunState.IMPORTING, RunState.DISCARDED, RunState.FAILED}),
    RunState.IMPORTING: frozenset(
        # Ready once more: it would do something else than was confirmed.
        {RunState.IMPORTING, RunState.DONE, RunState.READY, RunState.REJECTED, RunState.FAILED}
    ),
    RunState.FAILED: frozenset({RunState.WAITING, RunState.DISCARDED}),
    RunState.DONE: frozenset(),
    RunState.DISCARDED: frozenset(),
}

# What a worker takes up, and what it is called while it does.
WORK: dict[RunState, RunState] = {
    RunState.WAITING: RunState.CHECKING,
    RunState.CHECKING: RunState.CHECKING,
    RunState.QUEUED: RunState.IMPORTING,
    RunState.IMPORTING: RunState.IMPORTING,
}
