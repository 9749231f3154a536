from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from allocations.enums import Stopped


class Stop(models.Model):
    """An event, item, channel or listing that is closed for new sales.

    A row of its own, without foreign keys in the database: to stop and to resume wait for nobody who
    changes, imports or sells what is stopped. ``reason`` is empty once selling is resumed, until that
    too ``is_recorded`` in the target's own row. Written by ``allocations/stop_sell.py``, and by
    triggers that follow a target.
    """

    kind = models.CharField(_("kind"), max_length=7, choices=Stopped)
    target_id = models.BigIntegerField(_("target"))
    # Where the stop counts: for one event, or for a channel at each event of its venue.
    event_id = models.BigIntegerField(_("event"), null=True)
    venue_id = models.BigIntegerField(_("venue"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    note = models.TextField(_("reason in the history"), blank=True)
    user_id = models.BigIntegerField(_("person"), null=True)
    number = models.BigIntegerField(_("number"))  # another one with each stop and each resumption
    is_recorded = models.BooleanField(_("recorded"), default=False)

    class Meta:
        default_permissions = ()  # seen where its target is
        constraints = (
            models.UniqueConstraint(fields=("kind", "target_id"), name="stop_once_per_target"),
            models.CheckConstraint(
                condition=Q(kind=Stopped.CHANNEL, event_id=None, venue_id__isnull=False)
                | (~Q(kind=Stopped.CHANNEL) & Q(event_id__isnull=False, venue_id=None)),
                name="stop_counts_somewhere",
            ),
        )
        indexes = (
            models.Index(fields=("event_id",), name="stop_by_event"),
            models.Index(fields=("venue_id",), name="stop_by_venue"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target_id}: {self.reason}"
