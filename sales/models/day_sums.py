from django.db import models
from django.db.models.functions import Now

from allocations.models import SalesChannel
from events.models import Event, Item


class DaySums(models.Model):
    """That the sales of an event are summed up by day, up to ``until`` and without it, on the calendar of ``zone``.

    Kept by ``sales.day_sums`` for events with many bookings, and read through it alone: what has changed since is not
    in the sums, and says so by a ``DayChange``.
    """

    event = models.OneToOneField(Event, models.CASCADE, primary_key=True, related_name="+")
    zone = models.CharField(max_length=50)
    until = models.DateField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.event_id}, {self.until}"


class DaySold(models.Model):
    """What of an event is sold on a day, by channel, item and currency, without what was refunded."""

    event = models.ForeignKey(DaySums, models.CASCADE, db_index=False, related_name="+")
    day = models.DateField()
    channel = models.ForeignKey(
        SalesChannel, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    item = models.ForeignKey(
        Item, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    currency = models.CharField(max_length=3)
    tickets = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=2)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("event", "day", "channel", "item", "currency"), name="day_sold_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id}, {self.day}: {self.tickets}"


class DayChange(models.Model):
    """That a booking which was sold at ``sold_at`` has changed since: its day is to be summed up again.

    A trigger adds one for each change; none is ever updated, so that no refund waits for another. Without a foreign
    key in the database, as all that a sale writes (docs/ledger.md).
    """

    event = models.ForeignKey(Event, models.CASCADE, db_constraint=False, related_name="+")
    sold_at = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.event_id}, {self.sold_at}"
