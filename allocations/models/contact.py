from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from allocations.enums import ContactKind
from allocations.models.channel import SalesChannel


class ChannelContact(models.Model):
    """When a channel's programs last gave a sign of life, one row for each kind of it.

    No part of the set-up, and without history. Written by ``allocations/contacts.py``, and by the demo.
    """

    # The key in the database locks the channel (KEY SHARE, which no edit of it minds) when the
    # first sign of a kind arrives, and never again: later ones touch this row alone.
    channel = models.ForeignKey(
        SalesChannel, models.CASCADE, db_index=False, related_name="contacts"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=ContactKind)
    seen_at = models.DateTimeField(_("seen"), db_default=Now())
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        ordering = ("channel", "kind")
        default_permissions = ()  # seen where its channel is
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "kind"), name="contact_once_per_channel_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(kind=ContactKind.SOCKET),
                name="contact_only_sockets_close",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} · {self.get_kind_display()}"
