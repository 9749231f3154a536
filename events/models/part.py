from typing import Any

from django.db import models, transaction

from events.models.event import Event


class PartOfEvent(models.Model):
    """Something of an event's set-up. Whoever writes it locks the event's row first.

    Its trigger raises the event's ``config_version`` after the write; without this, one who has
    the row and needs the event could meet one who has the event and needs the row.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(savepoint=False):
            list(
                Event.objects.select_for_update(no_key=True).filter(pk=self.of_event()).values("pk")
            )
            super().save(*args, **kwargs)

    def of_event(self) -> int:
        """The id of its event."""
        raise NotImplementedError
