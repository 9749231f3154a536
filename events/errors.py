"""Why an event cannot be published, paused or closed."""

from common.errors import RefusedError


class EventStateError(RefusedError):
    """What the event has become allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"


class NothingToSellError(RefusedError):
    """An event is published with at least one item that takes from a pool."""

    code = "NOTHING_TO_SELL"
    title = "Nothing to sell"
