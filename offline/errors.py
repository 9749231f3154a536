"""Why something of a channel that reports late was refused; nothing was changed."""

from common.errors import RefusedError


class AlwaysConnectedError(RefusedError):
    """A channel that asks us at each sale takes no lease."""

    code = "ALWAYS_CONNECTED"
    title = "The channel asks at each sale"


class ConflictStateError(RefusedError):
    """A conflict that was resolved already, or that cannot be resolved in this way."""

    code = "CONFLICT_STATE"
    title = "Not with this conflict"
