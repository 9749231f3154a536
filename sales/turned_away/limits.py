"""Which limit a refusal is counted under."""

import re
from collections.abc import Mapping

from common.errors import RefusedError
from sales.enums import Limit
from sales.errors import (
    HoldExpiredError,
    NotOnSaleError,
    OutsideSalesWindowError,
    PerBookingError,
    PriceOutOfRangeError,
    SoldOutError,
    StopSellError,
)

OF_ERRORS: Mapping[type[RefusedError], Limit] = {
    NotOnSaleError: Limit.NOT_ON_SALE,
    OutsideSalesWindowError: Limit.WINDOW,
    StopSellError: Limit.STOP,
    PriceOutOfRangeError: Limit.PRICE,
    PerBookingError: Limit.PER_BOOKING,
    HoldExpiredError: Limit.HOLD_EXPIRED,
}
# As ``SoldOutError`` says ``limited_by``.
OF_STOCK = {
    "stock": Limit.ALLOCATION,
    "open": Limit.OPEN,
    "plan": Limit.CEILING,
    "listing": Limit.LISTING,
    "item": Limit.ITEM,
}
# As the conflict of a late sale is called, beside SOLD_OUT.
OF_CONFLICTS = {"EVENT_CANCELLED": Limit.NOT_ON_SALE, "NOT_ON_SALE": Limit.NOT_ON_SALE}

_LINE = re.compile(r"lines\[(\d+)\]")


def limit_of(refusal: RefusedError) -> Limit | None:
    """``None`` for what is no refusal of tickets: a faulty request, somebody else's channel, a busy system."""
    if isinstance(refusal, SoldOutError):
        return OF_STOCK.get(str(refusal.numbers.get("limited_by")))
    return OF_ERRORS.get(type(refusal))


def limit_of_conflict(code: str, numbers: Mapping[str, object]) -> Limit | None:
    if code == SoldOutError.code:
        return OF_STOCK.get(str(numbers.get("limited_by")))
    return OF_CONFLICTS.get(code)


def line_at_fault(refusal: RefusedError) -> int:
    """The place of the line that was refused; the first, where the refusal names none or the whole."""
    match = _LINE.match(refusal.field or "")
    return int(match.group(1)) if match else 0
