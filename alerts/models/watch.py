from django.db import models

from events.models import Event


class AlertWatch(models.Model):
    """How far an event was looked at: the sum of its stock's versions then, and when it was last judged
    as a whole, velocity too; between, only what a sale can change at once. ``looked_at`` is the last of both.
    """

    event = models.OneToOneField(
        Event, models.CASCADE, primary_key=True, related_name="alert_watch"
    )
    stock_versions = models.BigIntegerField(default=-1, db_default=-1)
    judged_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.event)
