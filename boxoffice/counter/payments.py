"""What is paid for a booking at a counter: judged, and noted in the transaction of the booking."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from accounts.models import User
from boxoffice.counter.answers import money_text, present_payment
from boxoffice.counter.selectors import GIVE_AWAY
from boxoffice.counter.shifts import next_receipt, receipt_of, taken_at
from boxoffice.enums import TAKEN, PaymentKind, PaymentStep, family_of
from boxoffice.errors import GiveAwayError, NotPaidError
from boxoffice.models import Payment
from common.errors import InvalidInputError
from common.text import money
from idempotency.answers import Answer
from sales.models import Booking, BookingLine, total_of


@dataclass(frozen=True, slots=True)
class Tender:
    """How somebody pays, as it was said at the counter."""

    kind: PaymentKind
    tendered: Decimal | None = None
    reference: str = ""
    reason: str = ""


def require_may_give_away(tender: Tender, clerk: User) -> None:
    """Raises ``GiveAwayError``, and ``InvalidInputError`` without a reason."""
    if tender.kind != PaymentKind.COMPLIMENTARY:
        return
    if not clerk.has_perm(GIVE_AWAY):
        raise GiveAwayError
    if not tender.reason.strip():
        raise InvalidInputError("Say why the tickets are given away.", field="payment.reason")


@dataclass(frozen=True, slots=True)
class SalePayment:
    """Notes what a sale is paid with, beside the booking (``sales.beside``)."""

    tender: Tender
    clerk: User

    def __call__(self, booking: Booking, lines: Sequence[BookingLine], answer: Answer, /) -> Answer:
        """Raises ``NoOpenTillError``, ``InvalidInputError`` with the numbers, ``GiveAwayError``."""
        require_may_give_away(self.tender, self.clerk)
        require_debtor(self.tender, booking)
        payment = note(booking, PaymentStep.SALE, total_of(lines), self.tender, self.clerk)
        return with_payment(answer, booking, payment)


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Notes what is given back for tickets that were refunded: what is left of the booking was paid before."""

    tender: Tender
    clerk: User

    def __call__(self, booking: Booking, lines: Sequence[BookingLine], answer: Answer, /) -> Answer:
        """Raises ``NoOpenTillError``, ``NotPaidError`` with the numbers."""
        paid = paid_for(booking)
        amount = total_of(lines) - sum(paid.values())
        require_paid(booking, paid, self.tender.kind, amount)
        payment = note(booking, PaymentStep.REFUND, amount, self.tender, self.clerk)
        return with_payment(answer, booking, payment)


@dataclass(frozen=True, slots=True)
class ChangePayment:
    """Notes the difference that a change of a booking makes: paid in addition, or given back."""

    tender: Tender
    clerk: User

    def __call__(self, booking: Booking, lines: Sequence[BookingLine], answer: Answer, /) -> Answer:
        """Raises as ``SalePayment`` for what is added, and as ``RefundPayment`` for what is given back."""
        paid = paid_for(booking)
        amount = total_of(lines) - sum(paid.values())
        require_paid(booking, paid, self.tender.kind, min(amount, Decimal(0)))
        if amount > 0:
            require_may_give_away(self.tender, self.clerk)
            require_debtor(self.tender, booking)
        payment = note(booking, PaymentStep.CHANGE, amount, self.tender, self.clerk)
        return with_payment(answer, booking, payment)


def paid_for(booking: Booking) -> dict[PaymentKind, Decimal]:
    """What was paid for a booking so far, by kind. Raises ``NotPaidError`` where it was not paid at a counter."""
    sums = Payment.objects.order_by().filter(booking=booking).values_list("kind")
    paid = {PaymentKind(kind): total for kind, total in sums.annotate(total=Sum("amount"))}
    if not paid:
        raise NotPaidError(
            f"{booking} was not paid at a counter. Whoever sold it refunds and changes it.",
            field="booking",
            paid="0.00",
        )
    return paid


def require_paid(
    booking: Booking, paid: Mapping[PaymentKind, Decimal], kind: PaymentKind, amount: Decimal
) -> None:
    """Raises ``NotPaidError`` where more is given back than was paid in a kind that may be given back so."""
    family = [other for other in TAKEN if other in family_of(kind)]
    most = sum((paid.get(other, Decimal(0)) for other in family), Decimal(0))
    if -amount <= most:
        return
    names = ", ".join(str(other.label) for other in family)
    raise NotPaidError(
        f"{money(-amount, booking.currency)} cannot be given back as {kind.label}:"
        f" {money(most, booking.currency)} of {booking} was paid by {names}.",
        field="kind",
        paid=money_text(most),
        asked=money_text(-amount),
    )


def require_debtor(tender: Tender, booking: Booking) -> None:
    """What is on account is owed by somebody."""
    if tender.kind == PaymentKind.ON_ACCOUNT and not (
        tender.reference.strip() or booking.reference.strip() or booking.contact
    ):
        raise InvalidInputError(
            "Say who owes it: a reference, or a contact.", field="payment.reference"
        )


def note(
    booking: Booking, step: PaymentStep, amount: Decimal, tender: Tender, clerk: User
) -> Payment:
    """Write a payment into the person's open till, under its next number; before the ledger.

    Raises ``NoOpenTillError``, ``InvalidInputError`` for too little cash or another currency.
    """
    shift = next_receipt(booking.channel_id, clerk.pk)
    if shift.currency != booking.currency:
        raise InvalidInputError(
            f"Your till {shift} is in {shift.currency}, and the event in {booking.currency}."
            " Close it and open another one.",
            field="channel",
        )
    return Payment.objects.create(
        booking=booking,
        shift=shift,
        number=shift.receipts,
        receipt=receipt_of(shift),
        step=step,
        kind=tender.kind,
        amount=amount,
        tendered=_tendered(tender, amount, booking.currency),
        reference=tender.reference,
        reason=tender.reason,
        taken_at=taken_at(shift),
        user_id=clerk.pk,
    )


def _tendered(tender: Tender, amount: Decimal, currency: str) -> Decimal | None:
    if tender.kind != PaymentKind.CASH:
        if tender.tendered is not None:
            raise InvalidInputError("Only cash is tendered.", field="payment.tendered")
        return None
    if amount <= 0:
        return None
    tendered = amount if tender.tendered is None else tender.tendered
    if tendered < amount:
        raise InvalidInputError(
            f"{money(tendered, currency)} is {money(amount - tendered, currency)} less than the"
            f" price, {money(amount, currency)}.",
            field="payment.tendered",
            tendered=money_text(tendered),
            price=money_text(amount),
            missing=money_text(amount - tendered),
        )
    return tendered


def with_payment(answer: Answer, booking: Booking, payment: Payment) -> Answer:
    # The database has judged by the payment when the booking is due (boxoffice_due_date).
    booking.refresh_from_db(fields=("due_on",))
    due_on = booking.due_on.isoformat() if booking.due_on else None
    body = {
        "booking": answer.data | {"payment_due_on": due_on},
        "payment": present_payment(payment),
    }
    return Answer(201, json.dumps(body), answer.booking_id)
