"""What was sold at a counter without a network: booked as every late sale is, and its money noted in the same transaction.

What was paid was paid: a payment is noted whatever became of its sale, and whatever the terminal's clock or its
receipts say. A sale that nobody could read is kept as it came, like its payment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from allocations.models import SalesChannel
from boxoffice.counter.payments import Tender
from boxoffice.enums import PaymentKind, PaymentStep
from boxoffice.errors import NoOpenTillError
from boxoffice.models import Payment, Shift
from boxoffice.models.payment import LONGEST_RECEIPT
from common.actor import Actor
from common.clock import database_now
from common.spoken_number import spoken
from idempotency.answers import Answer, Repeat
from offline.enums import Outcome, ReportKind
from offline.services import SaleReport, Verdict, sync
from sales.models import Block

GIVEN_AWAY_OFFLINE = "Given away offline"


@dataclass(frozen=True, slots=True)
class PaidSale(SaleReport):
    """A sale that was made offline, and how it was paid; nothing of that where it cannot be read."""

    tender: Tender | None = None
    receipt: str = ""
    shift_id: int | None = None


def sync_counter(
    counter: SalesChannel,
    sales: Sequence[PaidSale],
    *,
    clerk: User,
    lease: UUID | None,
    repeat: Repeat | None = None,
) -> Answer:
    """Book what a terminal has sold offline, and note what was paid.

    Raises as ``offline.services.sync``, ``NoOpenTillError`` for who never had a till at this counter.
    """
    return sync(
        counter.pk,
        sales,
        by=Actor.person(clerk),
        lease=lease,
        repeat=repeat,
        beside=OfflinePayments(
            counter, clerk, lease, {sale.shift_id for sale in sales if sale.shift_id is not None}
        ),
    )


@dataclass(slots=True)
class OfflinePayments:
    """Notes the payments of a sync beside its bookings (``offline.beside``)."""

    counter: SalesChannel
    clerk: User
    lease: UUID | None
    named: set[int]
    """The tills that the sales name."""
    _shifts: dict[int, Shift] = field(default_factory=dict)

    def lock(self) -> None:
        """Of the person's tills at this counter those that the sales name, the open one, and the last one."""
        own = Shift.objects.filter(
            channel=self.counter, opened_by=self.clerk, currency=self.counter.venue.currency
        )
        last = own.order_by("-pk").values_list("pk", flat=True)[:1]
        used = Q(pk__in=self.named) | Q(closed_at=None) | Q(pk__in=list(last))
        shifts = own.filter(used).select_for_update(no_key=True).order_by("pk")
        self._shifts = {shift.pk: shift for shift in shifts}
        if not self._shifts:
            raise NoOpenTillError

    def note(self, verdicts: Sequence[Verdict]) -> None:
        now = database_now()
        sold = [
            (verdict, verdict.report, verdict.report.tender)
            for verdict in verdicts
            if verdict.kind == ReportKind.SALE and not verdict.is_duplicate
            if isinstance(verdict.report, PaidSale) and verdict.report.tender is not None
        ]
        taken = self._taken_receipts(report.receipt for _verdict, report, _tender in sold)
        lease = self._lease_number()
        payments = []
        for verdict, report, tender in sold:
            receipt = report.receipt
            if receipt in taken or not _is_of_lease(receipt, lease):
                receipt = f"R{spoken(verdict.report_id or 0)}"
            taken.add(receipt)
            shift = self._shift_of(report)
            payments.append(_payment(verdict, report, tender, shift, receipt, now))
        Payment.objects.bulk_create(payments)

    def _shift_of(self, report: PaidSale) -> Shift:
        """The one into which the money went; else the one that is open, or that was open last."""
        named = self._shifts.get(report.shift_id or 0)
        if named is not None:
            return named
        newest = list(self._shifts.values())
        return next((shift for shift in reversed(newest) if shift.is_open), newest[-1])

    def _taken_receipts(self, receipts: Iterable[str]) -> set[str]:
        known = Payment.objects.filter(receipt__in=[receipt for receipt in receipts if receipt])
        return set(known.values_list("receipt", flat=True))

    def _lease_number(self) -> str | None:
        """As its receipts begin; of no lease there are none."""
        if self.lease is None:
            return None
        block = Block.objects.filter(uuid=self.lease).values_list("pk", flat=True).first()
        return None if block is None else spoken(block)


def _is_of_lease(receipt: str, lease: str | None) -> bool:
    """``7KQM-3X9F-12``: the number of the lease, and of the receipt in it."""
    number, _, count = receipt.rpartition("-")
    is_number = count.isascii() and count.isdecimal() and not count.startswith("0")
    return number == lease and is_number and len(receipt) <= LONGEST_RECEIPT


def _payment(
    verdict: Verdict,
    report: PaidSale,
    tender: Tender,
    shift: Shift,
    receipt: str,
    now: datetime,
) -> Payment:
    amount = _worth(verdict, report)
    is_cash = tender.kind == PaymentKind.CASH and amount > 0
    reason = tender.reason
    if tender.kind == PaymentKind.COMPLIMENTARY and not reason.strip():
        reason = GIVEN_AWAY_OFFLINE
    said = report.said_at
    return Payment(
        booking_id=verdict.booking_id if verdict.outcome == Outcome.ACCEPTED else None,
        report_id=verdict.report_id,
        shift=shift,
        receipt=receipt,
        step=PaymentStep.SALE,
        kind=tender.kind,
        amount=amount,
        tendered=max(tender.tendered or amount, amount) if is_cash else None,
        reference=tender.reference,
        reason=reason,
        is_late=not shift.is_open,
        # By the terminal's clock where that can be; a wrong one makes no payment wrong.
        taken_at=said if said is not None and shift.opened_at <= said <= now else now,
        user_id=shift.opened_by_id,
    )


def _worth(verdict: Verdict, report: PaidSale) -> Decimal:
    """What was sold costs what its booking or its conflict says; else what the terminal said."""
    if verdict.lines:
        return sum((line.unit_price * line.quantity for line in verdict.lines), Decimal(0))
    prices = (line.quantity * (line.unit_price or Decimal(0)) for line in report.lines)
    return sum(prices, Decimal(0))
