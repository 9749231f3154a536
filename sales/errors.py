"""Why a sale was refused. Each refusal changes nothing and carries the numbers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from allocations.errors import RowRefusal
from common.clock import utc
from common.errors import InvalidInputError, RefusedError
from common.text import moment


class SoldOutError(RefusedError):
    """``limited_by``: stock, listing, item, plan or open. ``rows`` are the stock rows behind it.

    ``instead``, asked when the transaction is over and no holds can be ended to make room, is what the
    seller is told whose channel has not sold out, but may not sell yet or no more. It takes the moment, and
    what quantity the rows have then.
    """

    rows: tuple[RowRefusal, ...] = ()
    instead: Callable[[datetime, Mapping[int, int]], RefusedError | None] | None = None

    code = "SOLD_OUT"
    title = "Not enough tickets"

    def told_at(self, at: datetime, quantities: Mapping[int, int]) -> RefusedError:
        """What the seller is told."""
        return (self.instead and self.instead(at, quantities)) or self


class NotOnSaleError(RefusedError):
    """The event is a draft, paused, closed or cancelled, or the listing is off."""

    code = "NOT_ON_SALE"
    title = "Not on sale"


class OutsideSalesWindowError(RefusedError):
    code = "OUTSIDE_SALES_WINDOW"
    title = "Outside the sales window"


class StopSellError(RefusedError):
    """A person has stopped the event, channel, item or listing, and said why."""

    code = "STOP_SELL"
    title = "Sales are stopped"


class PriceOutOfRangeError(RefusedError):
    code = "PRICE_OUT_OF_RANGE"
    title = "The price is out of range"


class PerBookingError(InvalidInputError):
    """A booking would have fewer or more of an item than the item allows."""


class HoldExpiredError(RefusedError):
    code = "HOLD_EXPIRED"
    title = "The hold has expired"

    def __init__(self, expired_at: datetime, zone: ZoneInfo) -> None:
        super().__init__(
            f"The hold expired on {moment(expired_at, zone)}.",
            utc_expired_at=utc(expired_at),
        )


class NotYourChannelError(RefusedError):
    """A person sells through the channels that were given to them (``sales.sellers``)."""

    code = "FORBIDDEN"
    title = "Not allowed"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This channel is not one that you sell through. Whoever manages people can give it to you.",
            field="channel",
        )


class NotYourHoldError(RefusedError):
    """Named holds belong to their owner and to who keeps the venue's holds (``sales.keepers``)."""

    code = "FORBIDDEN"
    title = "Not allowed"
    status = 403


class GuestListFullError(RefusedError):
    """A hold has fewer tickets left than its guests would be promised."""

    code = "GUEST_LIST_FULL"
    title = "The hold has too few tickets"


class InvalidStateError(RefusedError):
    """What the booking has become allows no such step."""

    code = "INVALID_STATE"
    title = "Not in this state"


class FateMissingError(InvalidInputError):
    """An event is cancelled with a decision for every channel that has sold."""

    title = "Not decided for every channel"
