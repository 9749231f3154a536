from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from sales.models import HandOut


class TicketPrinting(models.Model):
    """That the tickets of a hand-out were printed: those that are printed later are copies, and say so."""

    hand_out = models.ForeignKey(HandOut, models.PROTECT, related_name="printings")
    at = models.DateTimeField(_("printed"), db_default=Now())
    user = by_whom()

    class Meta:
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hand_out} · {self.at:%Y-%m-%d %H:%M}"
