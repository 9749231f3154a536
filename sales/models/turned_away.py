from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel
from events.models import Event, Item
from sales.enums import Limit


class TurnedAway(models.Model):
    """What was refused of one item through one channel in a quarter of an hour, because of one limit.

    Written by ``sales.turned_away.counting``, never by a sale. An order of several items is one refusal, counted
    with the item that was refused; its tickets are counted with each item.
    """

    at = models.DateTimeField(_("from"))
    event = models.ForeignKey(Event, models.CASCADE, db_index=False, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    channel = models.ForeignKey(SalesChannel, models.CASCADE, related_name="+")
    limit = models.CharField(_("limit"), max_length=12, choices=Limit, db_column="limited_by")
    refusals = models.PositiveBigIntegerField(_("refusals"))
    tickets = models.PositiveBigIntegerField(_("tickets asked for"))

    class Meta:
        ordering = ("at", "pk")
        default_permissions = ()
        indexes = (models.Index(fields=("at",), name="turned_away_by_time"),)
        constraints = (
            models.UniqueConstraint(
                fields=("event", "at", "item", "channel", "limit"), name="turned_away_once"
            ),
            models.CheckConstraint(
                condition=Q(limit__in=Limit.values), name="turned_away_limit_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.tickets} × {self.item}"
