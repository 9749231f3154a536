"""Why a checklist is not run or signed."""

from common.errors import RefusedError


class RunsAlreadyError(RefusedError):
    """One run of an event's checklist at a time."""

    code = "RUNS_ALREADY"
    title = "It runs already"


class NotRunningError(RefusedError):
    """Cancelled is what waits or runs."""

    code = "NOT_RUNNING"
    title = "It does not run"


class NotToBeRunError(RefusedError):
    """An event that is over or canceled goes live no more."""

    code = "NOT_TO_BE_RUN"
    title = "The event is over"


class NotToBeSignedError(RefusedError):
    """Signed is the newest run, when nothing of it has failed and nothing has changed since."""

    code = "NOT_TO_BE_SIGNED"
    title = "Not to be signed"
