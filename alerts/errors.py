"""Why something about an alert was refused. Each refusal changes nothing."""

from common.errors import RefusedError


class AlreadyHandledError(RefusedError):
    """What has become of the alert allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"
