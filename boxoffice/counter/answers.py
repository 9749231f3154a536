"""What the counter's screen is told of payments and tills."""

from dataclasses import dataclass
from decimal import Decimal

from typing_extensions import TypedDict

from accounts.models import User
from boxoffice.models import Payment, Shift
from common.clock import utc


@dataclass(frozen=True, slots=True)
class Cash:
    """What should lie in a till: by what was noted until it was closed, and what came later."""

    expected: Decimal
    late: Decimal = Decimal(0)


class PaymentJson(TypedDict):
    """What covered a part of a booking's price; negative where it was given back."""

    id: int
    receipt: str
    step: str
    kind: str
    amount: str
    tendered: str | None
    change: str | None
    reference: str
    reason: str
    utc_taken_at: str
    shift: int | None


class PersonJson(TypedDict):
    """Who has opened or closed a till."""

    id: int
    name: str


class ShiftJson(TypedDict):
    """A till: what it began with, and once it is closed what was counted and what should have been there."""

    id: int
    number: str
    channel: int
    terminal: str
    currency: str
    opened_by: PersonJson | None
    utc_opened_at: str
    opening_float: str
    receipts: int
    expected: str
    late_cash: str
    """What came after it was closed: it was counted, and not expected then."""
    closed_by: PersonJson | None
    utc_closed_at: str | None
    counted: str | None
    difference: str | None
    note: str


def money_text(value: Decimal) -> str:
    return f"{value:.2f}"


def present_payment(payment: Payment) -> PaymentJson:
    change = payment.change
    return {
        "id": payment.pk,
        "receipt": payment.receipt,
        "step": payment.step,
        "kind": payment.kind,
        "amount": money_text(payment.amount),
        "tendered": None if payment.tendered is None else money_text(payment.tendered),
        "change": None if change is None else money_text(change),
        "reference": payment.reference,
        "reason": payment.reason,
        "utc_taken_at": utc(payment.taken_at),
        "shift": payment.shift_id,
    }


def present_shift(shift: Shift, cash: Cash) -> ShiftJson:
    return {
        "id": shift.pk,
        "number": str(shift),
        "channel": shift.channel_id,
        "terminal": shift.terminal,
        "currency": shift.currency,
        "opened_by": _person(shift.opened_by),
        "utc_opened_at": utc(shift.opened_at),
        "opening_float": money_text(shift.opening_float),
        "receipts": shift.receipts,
        "expected": money_text(cash.expected),
        "late_cash": money_text(cash.late),
        "closed_by": _person(shift.closed_by),
        "utc_closed_at": utc(shift.closed_at),
        "counted": None if shift.counted is None else money_text(shift.counted),
        "difference": None if shift.counted is None else money_text(shift.counted - cash.expected),
        "note": shift.note,
    }


def _person(user: User | None) -> PersonJson | None:
    return None if user is None else {"id": user.pk, "name": user.name}
