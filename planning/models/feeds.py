import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """That a person's calendar may read what comes at the person's venues, by an address that nobody can guess.

    A person has one at a time. Its address is made of ``uuid`` and signed (``planning.calendar.services``).
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("made"), db_default=Now())
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(revoked_at=None), name="calendar_feed_once"
            ),
        )

    def __str__(self) -> str:
        return str(self.uuid)
