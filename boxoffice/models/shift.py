from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from common.spoken_number import spoken

LONGEST_NOTE = 1_000


class Shift(models.Model):
    """A till of one person at one counter, from its opening to its closing.

    ``receipts`` is the number of its last receipt: each is given under the lock of this row, so that there is
    no gap. What should lie in it is worked out from its payments, and never stored.
    """

    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="shifts")
    terminal = NameField(_("terminal"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("opened by"),
    )
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    opening_float = models.DecimalField(_("float"), max_digits=12, decimal_places=2)
    receipts = models.PositiveIntegerField(_("receipts"), default=0)
    closed_by = by_whom(_("closed by"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    counted = models.DecimalField(_("counted cash"), max_digits=12, decimal_places=2, null=True)
    # Value of a note or coin, as text → how many of them; empty where only the sum was typed.
    counted_pieces = models.JSONField(_("notes and coins"), default=dict, blank=True)
    note = models.CharField(_("note"), max_length=LONGEST_NOTE, blank=True)

    history = history(excluded=("receipts",))

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        default_permissions = ("view",)
        permissions = (("oversee_shift", "Can see and close tills of others"),)
        indexes = (models.Index(fields=("channel", "-id"), name="shift_by_channel"),)
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "opened_by"),
                condition=Q(closed_at=None),
                name="shift_open_once",
            ),
            models.CheckConstraint(
                condition=Q(opening_float__gte=0), name="shift_float_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, counted=None)
                | Q(
                    closed_at__gte=F("opened_at"),
                    closed_by__isnull=False,
                    counted__gte=0,
                ),
                name="shift_closed_whole",
            ),
            holds_a_name("shift_terminal_normalized", "terminal"),
        )

    def __str__(self) -> str:
        return spoken(self.pk)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
