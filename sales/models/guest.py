from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from common.names import NameField, holds_a_name
from sales.models.block import Block, BlockLine
from sales.models.booking import Booking


class Guest(models.Model):
    """A name against a named hold: so many tickets of one of its lines, ``handed_out`` of them by now.

    Name, note and contact are personal data: they stand here, and in the contact of the bookings that were
    handed out, and nowhere else. Erased, the numbers stay.
    """

    block = models.ForeignKey(Block, models.PROTECT, related_name="guests")
    line = models.ForeignKey(BlockLine, models.PROTECT, related_name="guests")
    name = NameField(_("name"), max_length=100, blank=True)
    tickets = models.PositiveIntegerField(_("tickets"))
    handed_out = models.PositiveIntegerField(_("handed out"), default=0)
    note = models.CharField(_("note"), max_length=200, blank=True)
    contact = models.CharField(_("e-mail or telephone"), max_length=254, blank=True)
    created_at = models.DateTimeField(_("added"), db_default=Now())
    erased_at = models.DateTimeField(_("erased"), null=True)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.CheckConstraint(condition=Q(tickets__gte=1), name="guest_has_tickets"),
            models.CheckConstraint(
                condition=Q(handed_out__lte=F("tickets")), name="guest_handed_out_within"
            ),
            models.CheckConstraint(
                condition=(Q(erased_at=None) & ~Q(name=""))
                | Q(erased_at__isnull=False, name="", note="", contact=""),
                name="guest_named_until_erased",
            ),
            holds_a_name("guest_name_normalized"),
            models.UniqueConstraint(
                "block",
                Lower("name"),
                condition=Q(erased_at=None),
                name="guest_once_on_a_list",
            ),
        )

    def __str__(self) -> str:
        return self.name or str(_("Erased guest %d") % self.pk)

    @property
    def left(self) -> int:
        """Tickets that are still to be handed out."""
        return self.tickets - self.handed_out


class HandOut(models.Model):
    """Tickets of a named hold that were handed out: an ordinary booking; undone at most once, with a reason."""

    line = models.ForeignKey(BlockLine, models.PROTECT, related_name="hand_outs")
    guest = models.ForeignKey(Guest, models.PROTECT, null=True, related_name="hand_outs")
    booking = models.OneToOneField(Booking, models.PROTECT, related_name="hand_out")
    tickets = models.PositiveIntegerField(_("tickets"))
    at = models.DateTimeField(_("handed out"))
    user = by_whom()
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = by_whom(_("undone by"))
    undo_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.CheckConstraint(condition=Q(tickets__gte=1), name="hand_out_has_tickets"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undo_reason="")
                | (Q(undone_at__isnull=False) & ~Q(undo_reason="")),
                name="hand_out_undone_with_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.tickets} × {self.line.item}"
