from django.db import models
from django.utils.translation import gettext_lazy as _

from allocations.models.stock import Stock


class SafetyBuffer(models.Model):
    """Of a channel's row that draws on shared stock: what it may sell before it reports again, and what was set
    aside for that (docs/offline.md). No counter: it decides no sale.

    ``needed`` in all; nothing while its past says too little. ``units``: what leases do not cover of that, so many of its
    unsold units neither a rule nor a forecast nor a release takes away (``allocations_buffers()``). ``lent``: so many of its
    unsold units came out of shared stock as its buffer, and go back there when they are not needed.
    """

    stock = models.OneToOneField(
        Stock,
        models.CASCADE,
        primary_key=True,
        # As all that names a hot row (docs/ledger.md).
        db_constraint=False,
        related_name="safety_buffer",
        verbose_name=_("stock"),
    )
    needed = models.PositiveIntegerField(_("needed"), null=True)
    units = models.PositiveIntegerField(_("kept"), default=0, db_default=0)
    lent = models.PositiveIntegerField(_("set aside"), default=0, db_default=0)
    # The newest sync that it is worked out from.
    sync_id = models.BigIntegerField(default=0, db_default=0)
    # Since when the row has had clearly more than it needs, and since when it sells nothing any more.
    ample_since = models.DateTimeField(null=True)
    idle_since = models.DateTimeField(null=True)
    # When it is worked out again, if no sync comes before.
    due_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(
                fields=("due_at",), condition=models.Q(due_at__isnull=False), name="buffer_by_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.stock_id}: {self.units}"
