from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models.stock import Stock
from events.models import Pool


class Kill(models.Model):
    """Units of a pool that were taken out of sale from one of its rows, and why; ``put_back`` of them since.

    Written by ``allocations/kills/services.py``; what is still out is the quantity of the pool's KILLED row.
    """

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="kills")
    source = models.ForeignKey(
        Stock, models.PROTECT, related_name="kills", verbose_name=_("taken from")
    )
    units = models.PositiveIntegerField(_("units"))
    put_back = models.PositiveIntegerField(_("put back"), default=0)
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("taken out"), db_default=Now())
    user = by_whom()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("removal from sale")
        verbose_name_plural = _("removals from sale")
        default_permissions = ("view",)
        permissions = (("take_kill", "Can take units out of sale and put them back"),)
        constraints = (
            models.CheckConstraint(condition=Q(units__gte=1), name="kill_has_units"),
            models.CheckConstraint(
                condition=Q(put_back__lte=F("units")), name="kill_put_back_within"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="kill_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.units} × {self.pool}"

    @property
    def left(self) -> int:
        """Units that are still out of sale."""
        return self.units - self.put_back
