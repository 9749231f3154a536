"""Why an event cannot be published, paused, closed, moved or copied."""

from common.errors import RefusedError


class EventStateError(RefusedError):
    """What the event has become allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"


class NothingToSellError(RefusedError):
    """An event is published with at least one item that takes from a pool."""

    code = "NOTHING_TO_SELL"
    title = "Nothing to sell"


class NotReadyError(RefusedError):
    """The venue puts no event on sale before its go-live checklist is ready."""

    code = "NOT_READY"
    title = "Not ready to go live"


class DateTakenError(RefusedError):
    """A series has one event at a time; a cancelled one stands in nobody's way."""

    code = "DATE_TAKEN"
    title = "There is an event already"
