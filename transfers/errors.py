"""Why a transfer was refused. Each refusal changes nothing."""

from common.errors import RefusedError


class NoTransferError(RefusedError):
    """Nothing moves in this event any more, or not from this channel."""

    code = "NO_TRANSFER"
    title = "No transfer is possible"


class AlreadyDecidedError(RefusedError):
    """What has become of the request allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"


class MayNotDecideError(RefusedError):
    """The person has asked for it, or has not a role that the policy names."""

    code = "MAY_NOT_DECIDE"
    title = "Somebody else has to decide"
    status = 403


class WorkflowChangedError(RefusedError):
    """What is signed is no longer what the person has read."""

    code = "CHANGED"
    title = "It has changed meanwhile"


class CannotSellError(RefusedError):
    """Units would go to a channel that can sell none of them."""

    code = "CANNOT_SELL"
    title = "It could not sell them"


class AskedTooMuchError(RefusedError):
    """A partner asks for more than there is, or for too much at a time."""

    code = "ASKED_TOO_MUCH"
    title = "Too much is asked for"
