from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from allocations.models import Stock

# Two weeks of slots are what velocity is judged by, and one day more, so that none is half gone.
KEPT = timedelta(days=15)


class StockPace(models.Model):
    """How far a channel's stock row has been counted into slots, and whether it can sell now.

    ``version`` is that of the last movement counted; ``since`` when counting begins; ``shut_since`` when
    it was found with nothing to sell, or stopped. Without a foreign key in the database: it would lock a
    hot row once more (docs/ledger.md).
    """

    stock = models.OneToOneField(
        Stock, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="pace"
    )
    version = models.BigIntegerField()
    since = models.DateTimeField()
    shut_since = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.stock)


class PaceSlot(models.Model):
    """Units sold of a stock row in a quarter of an hour, and the seconds of it in which it could not sell.

    ``unwatched``: those sold while nobody looked, which velocity leaves out with that time.
    """

    stock = models.ForeignKey(
        Stock, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="pace_slots"
    )
    slot = models.DateTimeField()
    sold = models.PositiveIntegerField(default=0, db_default=0)
    unwatched = models.PositiveIntegerField(default=0, db_default=0)
    shut_seconds = models.FloatField(default=0, db_default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("stock", "slot"), name="paceslot_once"),
            models.CheckConstraint(
                condition=Q(shut_seconds__gte=0, shut_seconds__lte=900.001),
                name="paceslot_shut_within_slot",
            ),
        )
        indexes = (models.Index(fields=("slot",), name="paceslot_by_age"),)

    def __str__(self) -> str:
        return f"{self.stock} {self.slot}"


class PaceHistory(models.Model):
    """What velocity is judged by: a channel's past windows of a length, as they were at ``quarter``.

    Worked out anew every quarter of an hour, not with each look. ``windows``, ``units``, ``squares`` and ``open``
    are those of ``alerts.velocity.History``, of the same time of day and of any.
    """

    stock = models.ForeignKey(
        Stock, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="pace_history"
    )
    window_minutes = models.PositiveIntegerField()
    quarter = models.DateTimeField()
    same_windows = models.PositiveIntegerField()
    same_units = models.PositiveIntegerField()
    same_squares = models.PositiveBigIntegerField()
    same_open = models.FloatField()
    any_windows = models.PositiveIntegerField()
    any_units = models.PositiveIntegerField()
    any_squares = models.PositiveBigIntegerField()
    any_open = models.FloatField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("stock", "window_minutes"), name="pacehistory_once"),
        )

    def __str__(self) -> str:
        return f"{self.stock}, {self.window_minutes} min"
