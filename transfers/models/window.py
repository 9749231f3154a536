"""What the approval window has to remember when the date of an event changes (docs/adr/0014).

The database alone writes both, and ``transfers/retention.py`` drops what is old. Neither has foreign keys in
the database: a line is written while stock is locked, and must not wait for its event.
"""

from django.db import models

from events.models import Event


class FormerStart(models.Model):
    """A start that an event on sale has been moved away from, while that start still lay ahead."""

    event = models.ForeignKey(Event, models.CASCADE, db_constraint=False, related_name="+")
    starts_at = models.DateTimeField()
    left_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id}: {self.starts_at.isoformat()}"


class UnapprovedTaking(models.Model):
    """Units, or their use, taken from a stock row without an approval, as none was needed at that moment."""

    event = models.ForeignKey(
        Event, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    stock_id = models.BigIntegerField()
    units = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("event", "at"), name="taking_by_event_and_time"),)

    def __str__(self) -> str:
        return f"{self.stock_id}: {self.units} at {self.at.isoformat()}"
