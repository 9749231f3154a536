import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from events.models import Event
from sales.models import new_uuid
from transfers.enums import ChangeKind, Need, TransferStatus


class ChangeRequest(models.Model):
    """A change that would take units, or their use, from channels where a transfer would need an approval.

    A person asks for it, another approves it, and then it is done as the first has asked:
    ``content`` says what, in the words of the service that does it (``transfers/change_requests.py``).
    ``takes`` says what it takes, as the database has judged it; ``needs`` why that needs an approval.
    """

    uuid: "models.UUIDField[uuid.UUID, uuid.UUID]" = models.UUIDField(
        _("number"), unique=True, default=new_uuid, editable=False
    )
    event = models.ForeignKey(Event, models.PROTECT, related_name="change_requests")
    kind = models.CharField(_("kind"), max_length=7, choices=ChangeKind)
    subject = models.CharField(_("of"), max_length=300)
    content = models.JSONField(default=dict)
    takes = models.CharField(_("what it takes"), max_length=500)
    reason = models.CharField(_("reason"), max_length=300)
    # For the venue alone, where partners read the reason.
    internal_note = models.CharField(
        _("internal note"), max_length=300, blank=True, default="", db_default=""
    )
    status = models.CharField(
        _("status"), max_length=9, choices=TransferStatus, default=TransferStatus.REQUESTED
    )
    needs = ArrayField(
        models.CharField(max_length=13, choices=Need), default=list, verbose_name=_("approval for")
    )
    four_eyes = models.BooleanField(_("four eyes"), default=True)
    requested_at = models.DateTimeField(_("requested"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    lapses_at = models.DateTimeField(_("lapses"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    failure = models.CharField(_("failure"), max_length=500, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("change that waits for an approval")
        verbose_name_plural = _("changes that wait for an approval")
        indexes = (
            models.Index(
                fields=("lapses_at",),
                condition=Q(status=TransferStatus.REQUESTED),
                name="changerequest_waiting",
            ),
        )
        constraints: ClassVar = (
            models.CheckConstraint(condition=~Q(reason=""), name="changerequest_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status=TransferStatus.REQUESTED, ended_at=None, decided_by=None)
                | Q(status=TransferStatus.APPROVED, ended_at=None, decided_by__isnull=False)
                | Q(
                    status__in=(TransferStatus.EXECUTED, TransferStatus.REJECTED),
                    ended_at__isnull=False,
                    decided_by__isnull=False,
                )
                | Q(
                    status__in=(
                        TransferStatus.CANCELLED,
                        TransferStatus.LAPSED,
                        TransferStatus.FAILED,
                    ),
                    ended_at__isnull=False,
                ),
                name="changerequest_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(four_eyes=False)
                | Q(decided_by=None)
                | ~Q(decided_by=F("requested_by"))
                | Q(status=TransferStatus.REJECTED),
                name="changerequest_seen_by_four_eyes",
            ),
            models.UniqueConstraint(
                fields=("event", "kind", "subject"),
                condition=Q(status=TransferStatus.REQUESTED),
                name="changerequest_asked_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
