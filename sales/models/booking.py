import os
import time
import uuid
from collections.abc import Iterable
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models import Listing, SalesChannel
from common.spoken_number import spoken
from events.models import Event, Item, Venue
from sales.enums import BookingStatus


def new_uuid() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): random, yet in order of time, so that its index stays warm."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76
    value |= (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return uuid.UUID(int=value)


class Booking(models.Model):
    """One reservation and what becomes of it.

    Event, channel, item and listing are named without foreign keys in the database: each sale
    would lock those shared rows. Triggers refuse to delete what a booking names.
    """

    uuid = models.UUIDField(_("number"), unique=True, default=new_uuid, editable=False)
    event = models.ForeignKey(
        Event, models.PROTECT, db_constraint=False, db_index=False, related_name="bookings"
    )
    channel = models.ForeignKey(
        SalesChannel, models.PROTECT, db_constraint=False, db_index=False, related_name="bookings"
    )
    status = models.CharField(_("status"), max_length=9, choices=BookingStatus)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    contact = models.JSONField(_("contact"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    updated_at = models.DateTimeField(_("updated"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    due_on = models.DateField(_("payment due"), null=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    end_reason = models.CharField(_("reason"), max_length=300, blank=True)
    user = by_whom(None)
    api_key_id = models.BigIntegerField(_("API key"), null=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ("-pk",)
        permissions = (
            ("sell_booking", "Can hold, sell and release"),
            ("refund_booking", "Can refund"),
            ("settle_booking", "Can mark as paid"),
            ("erase_booking", "Can erase contacts"),
        )
        indexes = (
            models.Index(fields=("channel", "-id"), name="booking_by_channel"),
            models.Index(fields=("event", "-id"), name="booking_by_event"),
            models.Index(
                fields=("expires_at",),
                condition=Q(status=BookingStatus.ON_HOLD),
                name="booking_holds_by_expiry",
            ),
            # What became of the others: without it, few cancelled among many sold are looked for long.
            models.Index(
                fields=("status", "-id"),
                condition=~Q(status=BookingStatus.CONFIRMED),
                name="booking_not_confirmed",
            ),
            models.Index(
                fields=("confirmed_at",),
                condition=Q(confirmed_at__isnull=False),
                name="booking_by_confirmation",
            ),
            models.Index(
                fields=("due_on",),
                condition=Q(
                    status=BookingStatus.CONFIRMED, due_on__isnull=False, paid_at__isnull=True
                ),
                name="booking_unpaid_by_due_date",
            ),
            # By the beginning of a reference too, whatever the database's collation.
            models.Index(
                "channel",
                OpClass("reference", name="varchar_pattern_ops"),
                condition=~Q(reference=""),
                name="booking_by_reference",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    status=BookingStatus.ON_HOLD,
                    expires_at__isnull=False,
                    confirmed_at=None,
                    ended_at=None,
                )
                | Q(
                    status=BookingStatus.CONFIRMED,
                    expires_at=None,
                    confirmed_at__isnull=False,
                    ended_at=None,
                )
                | Q(status=BookingStatus.EXPIRED, confirmed_at=None, ended_at__isnull=False)
                | Q(status=BookingStatus.CANCELLED, expires_at=None, ended_at__isnull=False),
                name="booking_times_fit_status",
            ),
            models.CheckConstraint(
                condition=Q(paid_at=None) | Q(due_on__isnull=False), name="booking_paid_where_due"
            ),
        )

    def __str__(self) -> str:
        return spoken(self.pk)


class BookingLine(models.Model):
    """So many of one item at one price. ``refunded`` of them were given back after the sale."""

    booking = models.ForeignKey(Booking, models.CASCADE, db_index=False, related_name="lines")
    number = models.PositiveSmallIntegerField(_("line"))
    item = models.ForeignKey(
        Item, models.PROTECT, db_constraint=False, related_name="booking_lines"
    )
    listing = models.ForeignKey(
        Listing, models.PROTECT, db_constraint=False, related_name="booking_lines"
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    refunded = models.PositiveIntegerField(_("refunded"), default=0)

    class Meta:
        ordering = ("booking", "number")
        # A sale adds nothing to it: it has what was given back alone.
        indexes = (
            models.Index(
                fields=("booking",), condition=Q(refunded__gt=0), name="booking_line_refunded"
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("booking", "number"), name="booking_line_number_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_line_positive"),
            models.CheckConstraint(
                condition=Q(refunded__lte=F("quantity")), name="booking_line_refunded_within"
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0), name="booking_line_price_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.item}"

    @property
    def kept(self) -> int:
        """Tickets of the line that were not refunded."""
        return self.quantity - self.refunded

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.kept


def total_of(lines: Iterable[BookingLine]) -> Decimal:
    """What is left of the price of a booking after refunds."""
    return sum((line.total for line in lines), Decimal(0))


class PaymentMark(models.Model):
    """That a booking on account was marked as paid, or that the mark was taken back.

    Written by ``sales.payments`` once. ``amount`` is the booking's total at that moment: a later
    refund changes the total, and not what was paid.
    """

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="payment_marks")
    at = models.DateTimeField(_("when"))
    is_paid = models.BooleanField(_("paid"))
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=2)
    user = by_whom()
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(_("Marked as paid") if self.is_paid else _("Marked as unpaid"))


class ContactErasure(models.Model):
    """The receipt that contacts were erased: of which bookings, when, by whom, why; never whose."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="+", verbose_name=_("venue"))
    at = models.DateTimeField(_("erased"))
    user = by_whom()
    reason = models.CharField(_("reason"), max_length=300)
    booking_ids = ArrayField(models.BigIntegerField(), verbose_name=_("bookings"))
    answers = models.PositiveIntegerField(_("stored answers without it"), default=0)
    guest_ids = ArrayField(models.BigIntegerField(), verbose_name=_("guests"), default=list)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view",)
        verbose_name = _("erasure of contacts")
        verbose_name_plural = _("erasures of contacts")

    def __str__(self) -> str:
        return _("Receipt %d") % self.pk


class LedgerCheck(models.Model):
    """That stock, ledger and bookings were compared, and what differed; ``lines`` has the first of it."""

    at = models.DateTimeField(_("when"), db_default=Now())
    differences = models.PositiveIntegerField(_("rows that differ"))
    lines: "ArrayField[list[str], list[str]]" = ArrayField(models.TextField(), default=list)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.differences}"
