from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.models.team import Endpoint
from allocations.models import AllocationPlan, SalesChannel


class Letter(models.Model):
    """What a version of a plan has said to a channel, and whether its partner has acknowledged it.

    ``text`` is kept as it was sent: labels and sentences. Where and when it went, and whether it arrived, its
    deliveries say.
    """

    plan = models.ForeignKey(AllocationPlan, models.CASCADE, related_name="letters")
    channel = models.ForeignKey(SalesChannel, models.CASCADE, related_name="letters")
    text = models.JSONField(_("text"))
    created_at = models.DateTimeField(_("written"), db_default=Now())
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_through = models.ForeignKey(
        Endpoint, models.SET_NULL, null=True, related_name="+", verbose_name=_("through")
    )

    class Meta:
        default_permissions = ()
        ordering = ("-pk",)
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("plan", "channel"), name="letter_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_through=None) | Q(acknowledged_at__isnull=False),
                name="letter_acknowledged_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan} → {self.channel}"
