from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from boxoffice.enums import PaymentKind, PaymentStep
from boxoffice.models.shift import Shift
from events.models import Item
from offline.models import Report
from sales.models import Booking

LONGEST_RECEIPT = 40


class Payment(models.Model):
    """What covers a part of a booking's price, or gives it back where the amount is negative.

    Written once, in the transaction of the sale, change or refund that it is of. The payments of a booking that
    was paid at a counter add up to what its lines are worth: where it is refunded or changed by another door,
    the database notes the difference as OUTSIDE, of no till (``boxoffice_settle_outside``).
    """

    # None while a sale that was made offline is no booking yet; it has its report then.
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, related_name="payments")
    report = models.OneToOneField(Report, models.PROTECT, null=True, related_name="payment")
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="payments")
    number = models.PositiveIntegerField(_("number in the till"), null=True)
    receipt = models.CharField(_("receipt"), max_length=LONGEST_RECEIPT, blank=True)
    step = models.CharField(_("step"), max_length=6, choices=PaymentStep)
    kind = models.CharField(_("kind"), max_length=13, choices=PaymentKind)
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=2)
    tendered = models.DecimalField(_("tendered"), max_digits=24, decimal_places=2, null=True)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    is_late = models.BooleanField(
        _("came after the till was closed"), default=False, db_default=False
    )
    taken_at = models.DateTimeField(_("taken"), db_default=Now())
    user = by_whom()

    class Meta:
        ordering = ("pk",)
        default_permissions = ("view",)
        permissions = (("give_away_payment", "Can give tickets away"),)
        constraints = (
            models.UniqueConstraint(fields=("shift", "number"), name="payment_number_once_in_till"),
            models.UniqueConstraint(
                fields=("receipt",), condition=~Q(receipt=""), name="payment_receipt_once"
            ),
            models.CheckConstraint(
                condition=Q(kind=PaymentKind.OUTSIDE, shift=None, number=None, receipt="")
                | (
                    Q(shift__isnull=False)
                    & (Q(number__isnull=False) | Q(report__isnull=False))
                    & ~Q(receipt="")
                    & ~Q(kind=PaymentKind.OUTSIDE)
                ),
                name="payment_has_a_till_unless_outside",
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=False) | Q(report__isnull=False),
                name="payment_has_its_sale",
            ),
            models.CheckConstraint(
                condition=Q(is_late=False) | Q(report__isnull=False),
                name="payment_late_was_offline",
            ),
            models.CheckConstraint(
                condition=Q(step=PaymentStep.SALE, amount__gte=0)
                | Q(step=PaymentStep.REFUND, amount__lte=0)
                | Q(step=PaymentStep.CHANGE),
                name="payment_amount_fits_step",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=PaymentKind.CASH,
                    amount__gt=0,
                    tendered__isnull=False,
                    tendered__gte=F("amount"),
                )
                | (Q(tendered=None) & ~Q(kind=PaymentKind.CASH, amount__gt=0)),
                name="payment_tendered_in_cash",
            ),
            models.CheckConstraint(
                condition=Q(kind=PaymentKind.OUTSIDE)
                | (~Q(kind=PaymentKind.COMPLIMENTARY) & Q(amount__gte=0))
                | ~Q(reason=""),
                name="payment_says_why",
            ),
        )

    def __str__(self) -> str:
        return self.receipt or str(PaymentKind(self.kind).label)

    @property
    def change(self) -> Decimal | None:
        """What was given back of the cash that was tendered."""
        return None if self.tendered is None else self.tendered - self.amount


class PaymentLine(models.Model):
    """Of how many tickets of an item a payment is, and of how much; fewer than none where they were given back.

    Written by the database with the payment (``boxoffice_payment_lines``), out of what has changed of the booking.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, db_constraint=False, related_name="+")
    tickets = models.IntegerField(_("tickets"))
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=2)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("payment", "item"), name="payment_line_item_once"),
        )

    def __str__(self) -> str:
        return f"{self.tickets} × {self.item}"


class ReceiptPrinting(models.Model):
    """That the receipt of a payment was printed: the second one is a copy, and says so."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="printings")
    at = models.DateTimeField(_("printed"), db_default=Now())
    user = by_whom()

    class Meta:
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.payment} · {self.at:%Y-%m-%d %H:%M}"
