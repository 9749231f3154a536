"""How far the safety buffers of channels have been worked out."""

from django.db import models

from allocations.models import SalesChannel


class BufferWatch(models.Model):
    """The newest sync of a channel after which all its buffers were worked out."""

    channel = models.OneToOneField(SalesChannel, models.CASCADE, primary_key=True, related_name="+")
    sync_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.sync_id}"
