"""Why a file cannot be taken, or a step of a run not be made."""

from common.errors import RefusedError


class FileRefusedError(RefusedError):
    """The file as a whole cannot be read; no row of it was looked at."""

    code = "VALIDATION"
    title = "The file cannot be read"
    status = 400


class RunStateError(RefusedError):
    """What has become of the run allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"


class NotYoursError(RefusedError):
    """Somebody else's file, which may concern venues that are not the person's."""

    code = "FORBIDDEN"
    title = "Another person's file"
    status = 403


class TooMuchError(RefusedError):
    """More rows than one file holds."""

    code = "TOO_MUCH"
    title = "Too many rows"
    status = 400
