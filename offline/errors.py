"""Why something of a channel that reports late was refused; nothing was changed."""

from common.errors import RefusedError


class AlwaysConnectedError(RefusedError):
    """A channel that asks us at each sale sends no files, and takes no lease unless it is a counter."""

    code = "ALWAYS_CONNECTED"
    title = "The channel asks at each sale"


class ConflictStateError(RefusedError):
    """A conflict that was resolved already, or that cannot be resolved in this way."""

    code = "CONFLICT_STATE"
    title = "Not with this conflict"


class FileStateError(RefusedError):
    """What has become of a sales file allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"


class FileTooLargeError(RefusedError):
    """More bytes than a sales file has."""

    code = "PAYLOAD_TOO_LARGE"
    title = "The file is too large"
    status = 413
