from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models import SalesChannel
from events.models import Event
from sales.enums import Fate


class EventCancellation(models.Model):
    """That an event was cancelled: by whom, why, and when its bookings were all settled.

    Written by ``sales.cancellation`` once; after that only the settling writes ``finished_at``.
    """

    event = models.OneToOneField(Event, models.PROTECT, related_name="cancellation")
    reason = models.CharField(_("reason"), max_length=300)
    user = by_whom(None)
    decided_at = models.DateTimeField(_("decided"), db_default=Now())
    finished_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=("id",), condition=Q(finished_at=None), name="cancellation_unfinished"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("decided_at")),
                name="cancellation_finished_after_decided",
            ),
        )

    def __str__(self) -> str:
        return str(self.event)


class ChannelSettlement(models.Model):
    """What one channel had booked when its event was cancelled, its fate, and how far that is.

    ``released`` and ``refunded`` count what the settling ended; the rest ended by itself: a hold
    ran out, a seller refunded.
    """

    cancellation = models.ForeignKey(
        EventCancellation, models.CASCADE, db_index=False, related_name="settlements"
    )
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="+")
    fate = models.CharField(_("confirmed bookings"), max_length=6, choices=Fate)
    holds = models.PositiveIntegerField(_("holds"))
    tickets_held = models.PositiveBigIntegerField(_("tickets on hold"))
    bookings = models.PositiveIntegerField(_("bookings"))
    tickets_sold = models.PositiveBigIntegerField(_("tickets sold"))
    money = models.DecimalField(_("paid"), max_digits=24, decimal_places=2)
    leases = models.PositiveIntegerField(_("leases and named holds"), default=0)
    tickets_leased = models.PositiveBigIntegerField(
        _("tickets of leases and named holds"), default=0
    )
    released = models.PositiveIntegerField(_("released"), default=0)
    refunded = models.PositiveIntegerField(_("refunded"), default=0)

    class Meta:
        ordering = ("cancellation", "channel__kind", "channel__name")
        constraints = (
            models.UniqueConstraint(
                fields=("cancellation", "channel"), name="settlement_once_per_channel"
            ),
            models.CheckConstraint(condition=Q(fate__in=Fate.values), name="settlement_fate_known"),
            models.CheckConstraint(
                condition=Q(released__lte=F("holds")), name="settlement_releases_what_was_held"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(fate=Fate.REFUND, refunded__lte=F("bookings")),
                name="settlement_refunds_what_was_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} · {self.get_fate_display()}"

    @property
    def to_settle(self) -> int:
        """Bookings that the decision ends."""
        return self.holds + (self.bookings if self.fate == Fate.REFUND else 0)

    @property
    def settled(self) -> int:
        return self.released + self.refunded
