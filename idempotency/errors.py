"""Why a request is not answered, or is tried once more."""

from common.errors import RefusedError


class TryAgainError(Exception):
    """What a try rested on has changed meanwhile: the next one may succeed."""


class KeyTakenError(TryAgainError):
    """Another request under the key has committed meanwhile: look at its answer."""


class IdempotencyConflictError(RefusedError):
    code = "IDEMPOTENCY_CONFLICT"
    title = "The key was used for another request"
    status = 422


class IdempotencyInFlightError(RefusedError):
    code = "IDEMPOTENCY_IN_FLIGHT"
    title = "The same request is still being answered"


class BusyError(RefusedError):
    """Others are changing the same thing; nothing was changed, and a retry may succeed."""

    code = "BUSY"
    title = "Too busy at this moment"
    status = 503
