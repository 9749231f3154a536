from typing import Any

from django.db import models, transaction
from django.db.models import Q

from events.models.event import lock_events


class PartOfEvent(models.Model):
    """Something of an event's set-up. Whoever writes or deletes it locks the event's row first.

    Its trigger raises the event's ``config_version`` after the write; without this, one who has
    the row and needs the event could meet one who has the event and needs the row.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(savepoint=False):
            lock_events(Q(pk=self.of_event()))
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic(savepoint=False):
            lock_events(Q(pk=self.of_event()))
            return super().delete(*args, **kwargs)

    def of_event(self) -> int:
        """The id of its event."""
        raise NotImplementedError
