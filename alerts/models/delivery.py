import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.enums import DeliveryStatus, Purpose
from alerts.models.alert import Alert
from alerts.models.letter import Letter
from alerts.models.mailing import Mailing
from alerts.models.team import Endpoint
from sales.models import new_uuid
from transfers.models import TransferNotice

WAITING = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)


class Delivery(models.Model):
    """One message to one endpoint, and what became of it. A row first: what Redis loses is sent all the same.

    Taken by a worker (SENDING, until ``claimed_until``; past that another takes it), sent, and
    written down. ``is_digest``: sent together with the others of its endpoint when the first is due.
    ``for_nobody``: none of the teams that the rule names had anybody who can be reached.
    """

    uuid: "models.UUIDField[uuid.UUID, uuid.UUID]" = models.UUIDField(
        _("number"), unique=True, default=new_uuid, editable=False
    )
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    purpose = models.CharField(_("why"), max_length=9, choices=Purpose)
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="deliveries")
    notice = models.ForeignKey(TransferNotice, models.CASCADE, null=True, related_name="deliveries")
    letter = models.ForeignKey(Letter, models.CASCADE, null=True, related_name="deliveries")
    mailing = models.ForeignKey(Mailing, models.CASCADE, null=True, related_name="deliveries")
    is_digest = models.BooleanField(_("in a digest"), default=False, db_default=False)
    for_nobody = models.BooleanField(_("in place of a team"), default=False, db_default=False)
    status = models.CharField(
        _("status"),
        max_length=7,
        choices=DeliveryStatus,
        default=DeliveryStatus.PENDING,
        db_default=DeliveryStatus.PENDING,
    )
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0, db_default=0)
    claimed_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    receipt = models.CharField(_("receipt"), max_length=300, blank=True, default="", db_default="")
    failure = models.CharField(
        _("last failure"), max_length=300, blank=True, default="", db_default=""
    )
    # Of a test: when whoever reads the endpoint said so, by the message's link.
    answered_at = models.DateTimeField(_("answered"), null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=("endpoint", "due_at"),
                condition=Q(status__in=WAITING),
                name="delivery_waiting",
            ),
            models.Index(fields=("endpoint", "-id"), name="delivery_by_endpoint"),
        )
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("endpoint", "alert", "purpose"), name="delivery_of_alert_once"
            ),
            models.UniqueConstraint(fields=("endpoint", "notice"), name="delivery_of_notice_once"),
            models.UniqueConstraint(fields=("endpoint", "letter"), name="delivery_of_letter_once"),
            models.UniqueConstraint(
                fields=("endpoint", "mailing"), name="delivery_of_mailing_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    purpose__in=(Purpose.OPENED, Purpose.ESCALATED),
                    alert__isnull=False,
                    notice=None,
                    letter=None,
                    mailing=None,
                )
                | Q(
                    Q(purpose=Purpose.NOTICE, notice__isnull=False, letter=None, mailing=None)
                    | Q(purpose=Purpose.LETTER, notice=None, letter__isnull=False, mailing=None)
                    | Q(purpose=Purpose.REPORT, notice=None, letter=None, mailing__isnull=False)
                    | Q(purpose=Purpose.TEST, notice=None, letter=None, mailing=None),
                    alert=None,
                ),
                name="delivery_says_something",
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.PENDING, claimed_until=None, ended_at=None)
                | Q(
                    status=DeliveryStatus.SENDING,
                    claimed_until__isnull=False,
                    claim__isnull=False,
                    ended_at=None,
                )
                | Q(
                    status__in=(
                        DeliveryStatus.SENT,
                        DeliveryStatus.FAILED,
                        DeliveryStatus.SKIPPED,
                    ),
                    claimed_until=None,
                    ended_at__isnull=False,
                ),
                name="delivery_times_fit_status",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(DeliveryStatus.FAILED, DeliveryStatus.SKIPPED))
                | ~Q(failure=""),
                name="delivery_failure_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} → {self.endpoint}"
