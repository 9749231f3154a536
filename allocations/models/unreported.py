from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from allocations.models.channel import SalesChannel
from allocations.models.stock import Stock
from events.models import Event


class UnreportedSales(models.Model):
    """What a channel that reports late may have sold of a stock row since its last report: an estimate.

    A judgement beside the ledger and no quantity of it: it is never added to what is held or sold. ``about`` units, with
    95 % from ``low`` to ``high``; nothing where the past is too short. ``at_risk``: of ``high``, what no lease of the
    channel covers, and so is neither held nor sold. Written by ``offline/unreported.py`` alone, for events that
    are not over, and put to nothing by each report (``allocations/unreported.py``).
    """

    # Named without foreign keys in the database, as movements are: a key would wait for the hot row's lock.
    stock = models.OneToOneField(
        Stock,
        models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="unreported",
    )
    event = models.ForeignKey(Event, models.CASCADE, db_constraint=False, related_name="+")
    channel = models.ForeignKey(SalesChannel, models.CASCADE, db_constraint=False, related_name="+")
    about = models.PositiveIntegerField(_("about"), null=True)
    low = models.PositiveIntegerField(_("at least"), null=True)
    high = models.PositiveIntegerField(_("at most"), null=True)
    at_risk = models.PositiveIntegerField(_("at most, beyond leases"), default=0)
    reported_at = models.DateTimeField(_("last report"))
    estimated_at = models.DateTimeField(_("estimated"), db_default=Now())

    class Meta:
        ordering = ("stock_id",)
        default_permissions = ()  # seen where its stock row is
        constraints = (
            models.CheckConstraint(
                condition=Q(about=None, low=None, high=None, at_risk=0)
                | Q(
                    low__isnull=False,
                    high__isnull=False,
                    about__gte=F("low"),
                    about__lte=F("high"),
                    at_risk__lte=F("high"),
                ),
                name="unreported_sales_within_their_range",
            ),
        )

    def __str__(self) -> str:
        return f"{self.stock_id}: {self.low}–{self.high}"
