import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.enums import STANDING, AlertStatus, Kind, Severity, Step
from alerts.models.rule import AlertRule
from alerts.models.team import Endpoint
from allocations.models import SalesChannel
from events.models import Event, Item, Pool, Venue
from sales.models import new_uuid
from transfers.models import Transfer

# What it is about, by the names of that time, where it is about one of these.
NAMED = ("endpoint", "item", "channel", "pool")


class Alert(models.Model):
    """A condition that a rule has found: what was seen, when, and what became of it.

    ``subject`` names what it is about (``pool:7 channel:3``); there is one standing alert of a rule and
    a subject. ``seen`` and ``threshold`` are in the rule's unit when it was opened, ``latest`` when it
    was last looked at; so it has been since ``latest_at``. Of velocity, ``expected``, ``low`` to ``high``
    (the usual range) in units, and ``probability``. ``details`` has the other numbers and the names at
    that time.
    """

    uuid: "models.UUIDField[uuid.UUID, uuid.UUID]" = models.UUIDField(
        _("number"), unique=True, default=new_uuid, editable=False
    )
    rule = models.ForeignKey(
        AlertRule, models.SET_NULL, null=True, related_name="alerts", verbose_name=_("rule")
    )
    kind = models.CharField(_("kind"), max_length=17, choices=Kind)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    subject = models.CharField(max_length=100)
    venue = models.ForeignKey(Venue, models.CASCADE, null=True, related_name="alerts")
    event = models.ForeignKey(Event, models.CASCADE, null=True, related_name="alerts")
    pool = models.ForeignKey(Pool, models.CASCADE, null=True, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, null=True, related_name="+")
    channel = models.ForeignKey(SalesChannel, models.CASCADE, null=True, related_name="alerts")
    transfer = models.ForeignKey(Transfer, models.CASCADE, null=True, related_name="alerts")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, null=True, related_name="alerts")
    status = models.CharField(
        _("status"), max_length=12, choices=AlertStatus, default=AlertStatus.OPEN
    )
    seen = models.FloatField(_("seen"))
    threshold = models.FloatField(_("threshold"))
    expected = models.FloatField(_("expected"), null=True)
    low = models.FloatField(_("usual from"), null=True)
    high = models.FloatField(_("usual to"), null=True)
    probability = models.FloatField(_("probability"), null=True)
    details = models.JSONField(_("details"), default=dict)
    latest = models.FloatField(_("latest"))
    latest_at = models.DateTimeField(_("latest since"))
    opened_at = models.DateTimeField(_("opened"))
    # When the first message is due; a muted rule's are written when it is muted no longer.
    told_at = models.DateTimeField(_("told"), null=True)
    escalated_at = models.DateTimeField(_("escalated"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-pk",)
        permissions = (("handle_alert", "Can acknowledge and resolve alerts"),)
        indexes = (
            models.Index(
                fields=("venue", "-opened_at"),
                condition=Q(status__in=STANDING),
                name="alert_standing",
            ),
            models.Index(fields=("event", "-id"), name="alert_by_event"),
            models.Index(fields=("rule", "subject", "-resolved_at"), name="alert_of_subject"),
            models.Index(
                fields=("id",),
                condition=Q(told_at=None, status=AlertStatus.OPEN),
                name="alert_untold",
            ),
        )
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("rule", "subject"),
                condition=Q(status__in=STANDING),
                name="alert_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(status=AlertStatus.OPEN, acknowledged_at=None, resolved_at=None)
                | Q(
                    status=AlertStatus.ACKNOWLEDGED,
                    acknowledged_at__isnull=False,
                    resolved_at=None,
                )
                | Q(status=AlertStatus.RESOLVED, resolved_at__isnull=False),
                name="alert_times_fit_status",
            ),
        )

    def __str__(self) -> str:
        texts = [str(self.details[what]) for what in NAMED if self.details.get(what)]
        return f"{self.get_kind_display()}: {', '.join(texts) or self.subject}"


class AlertStep(models.Model):
    """What has happened to an alert: when, by whom (a person, a signed link, the system), with what note.

    ``endpoint`` is the address to whose message the link belonged. Never changed.
    """

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="steps")
    step = models.CharField(_("step"), max_length=12, choices=Step)
    at = models.DateTimeField(_("when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    endpoint = models.ForeignKey(Endpoint, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("alert", "step"), name="alertstep_once"),)

    def __str__(self) -> str:
        return self.get_step_display()
