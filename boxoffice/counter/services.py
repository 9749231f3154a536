"""What is done at a counter: each is one service of ``sales`` with its payment beside it, in one transaction.

Every call has an idempotency key: a repetition gets the same answer, and no second payment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from accounts.models import User
from allocations.models import SalesChannel
from boxoffice.counter.payments import ChangePayment, RefundPayment, SalePayment, Tender
from boxoffice.counter.receipts import note_printing
from boxoffice.counter.selectors import find_booking
from boxoffice.counter.shifts import change_note, close_shift, may_close, open_shift
from common.actor import Actor
from idempotency.answers import Answer, Repeat
from sales import services as sales
from sales.enums import BookingStatus
from sales.orders import LineChange, Order, OrderLine

__all__ = (
    "change_booking",
    "change_note",
    "close_shift",
    "may_close",
    "note_printing",
    "open_shift",
    "refund",
    "sell_at_once",
    "sell_hold",
)


def sell_hold(
    counter: SalesChannel,
    booking: UUID,
    tender: Tender,
    *,
    clerk: User,
    contact: Mapping[str, object] | None = None,
    reference: str | None = None,
    repeat: Repeat | None = None,
) -> Answer:
    """Confirm a hold and note its payment.

    Raises as ``sales.services.confirm`` and ``SalePayment``, ``NotFoundError`` for a booking of another channel.
    """
    return sales.confirm(
        find_booking(counter.pk, booking).pk,
        by=Actor.person(clerk),
        contact=contact,
        reference=reference,
        repeat=repeat,
        beside=SalePayment(tender, clerk),
    )


def sell_at_once(
    order: Order, tender: Tender, *, clerk: User, repeat: Repeat | None = None
) -> Answer:
    """Sell without a hold. Raises as ``sales.services.book`` and ``SalePayment``."""
    return sales.book(
        replace(order, confirm=True),
        by=Actor.person(clerk),
        repeat=repeat,
        beside=SalePayment(tender, clerk),
    )


def refund(
    counter: SalesChannel,
    booking: UUID,
    tender: Tender,
    *,
    clerk: User,
    lines: Mapping[int, int] | None = None,
    repeat: Repeat | None = None,
) -> Answer:
    """Refund a sale, whole or so many tickets of ``lines``, out of the person's open till; ``tender`` says why.

    Raises as ``sales.services.cancel`` and ``RefundPayment``.
    """
    return sales.cancel(
        find_booking(counter.pk, booking).pk,
        by=Actor.person(clerk),
        reason=tender.reason,
        lines=lines,
        expected=BookingStatus.CONFIRMED,
        repeat=repeat,
        beside=RefundPayment(tender, clerk),
    )


def change_booking(
    counter: SalesChannel,
    booking: UUID,
    tender: Tender,
    *,
    clerk: User,
    changes: Sequence[LineChange] = (),
    additions: Sequence[OrderLine] = (),
    repeat: Repeat | None = None,
) -> Answer:
    """Change a sale; the difference is paid into the person's open till, or given back out of it.

    Raises as ``sales.services.amend`` and ``ChangePayment``.
    """
    return sales.amend(
        find_booking(counter.pk, booking).pk,
        by=Actor.person(clerk),
        changes=changes,
        additions=additions,
        expected=BookingStatus.CONFIRMED,
        repeat=repeat,
        beside=ChangePayment(tender, clerk),
    )
