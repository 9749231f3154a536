import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel, Stock
from events.models import Event, Pool
from sales.models import new_uuid
from transfers.enums import Audience, Need, Origin, TransferStatus
from transfers.models.change import ChangeRequest
from transfers.models.rule import TransferRule

AUTOMATIC = (Origin.RULE, Origin.DYNAMIC, Origin.BUFFER)


class Transfer(models.Model):
    """Units that are to move from one stock row of a pool to another, and what became of it.

    ``needs`` says why an approval is needed, as the policy was at ``requested_at``, and once more when it
    is executed; empty: none is. The database works it out, and executes nothing without.
    ``evidence`` is what was so when it was asked for, ``outcome`` when it was executed or failed.
    """

    uuid: "models.UUIDField[uuid.UUID, uuid.UUID]" = models.UUIDField(
        _("number"), unique=True, default=new_uuid, editable=False
    )
    event = models.ForeignKey(Event, models.PROTECT, db_index=False, related_name="transfers")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="transfers")
    # Without foreign keys in the database: those would lock hot rows once more, and out of order
    # (docs/ledger.md). Triggers see that the rows are there, and stay.
    source = models.ForeignKey(
        Stock,
        models.PROTECT,
        db_constraint=False,
        related_name="transfers_out",
        verbose_name=_("from"),
    )
    target = models.ForeignKey(
        Stock,
        models.PROTECT,
        db_constraint=False,
        related_name="transfers_in",
        verbose_name=_("to"),
    )
    units = models.PositiveIntegerField(_("units"))
    up_to = models.BooleanField(
        _("or fewer"),
        default=False,
        help_text=_("Move as many of them as there are, if there are not that many any more."),
    )
    moved = models.PositiveIntegerField(_("moved"), null=True)
    status = models.CharField(
        _("status"), max_length=9, choices=TransferStatus, default=TransferStatus.REQUESTED
    )
    origin = models.CharField(_("asked by"), max_length=7, choices=Origin)
    reason = models.CharField(_("reason"), max_length=300)
    needs = ArrayField(
        models.CharField(max_length=13, choices=Need), default=list, verbose_name=_("approval for")
    )
    four_eyes = models.BooleanField(_("four eyes"), default=True)
    rule = models.ForeignKey(
        TransferRule, models.SET_NULL, null=True, related_name="transfers", verbose_name=_("rule")
    )
    rule_version = models.PositiveIntegerField(_("version of the rule"), null=True)
    requested_at = models.DateTimeField(_("requested"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    api_key_id = models.BigIntegerField(_("API key"), null=True)
    # Who stands behind a request that no person has made: issued the key, wrote the rule, applied the
    # plan. With four eyes this person does not approve it either.
    answerable = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Of a partner's request: who asks. Only it may offer units of a protected channel.
    asking_channel = models.ForeignKey(
        SalesChannel, models.PROTECT, null=True, related_name="+", verbose_name=_("partner")
    )
    lapses_at = models.DateTimeField(_("lapses"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    despite_stop = models.BooleanField(
        _("although it cannot sell"),
        default=False,
        db_default=False,
        help_text=_("Who asked or approved knew that the target could not sell it."),
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    evidence = models.JSONField(_("when asked for"), default=dict)
    outcome = models.JSONField(_("when it ended"), default=dict)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ("-pk",)
        permissions = (
            ("request_transfer", "Can ask for transfers"),
            ("approve_transfer", "Can approve transfers"),
        )
        indexes = (
            models.Index(fields=("event", "-id"), name="transfer_by_event"),
            models.Index(fields=("requested_at",), name="transfer_by_time"),
            models.Index(
                fields=("lapses_at",),
                condition=Q(status=TransferStatus.REQUESTED),
                name="transfer_waiting",
            ),
        )
        constraints: ClassVar = (
            models.CheckConstraint(condition=Q(units__gte=1), name="transfer_moves_something"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="transfer_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status=TransferStatus.REQUESTED, ended_at=None, decided_at=None)
                | Q(status=TransferStatus.APPROVED, ended_at=None, decided_at__isnull=False)
                | Q(
                    status__in=(
                        TransferStatus.EXECUTED,
                        TransferStatus.REJECTED,
                        TransferStatus.CANCELLED,
                        TransferStatus.LAPSED,
                        TransferStatus.FAILED,
                        TransferStatus.TRIAL,
                    ),
                    ended_at__isnull=False,
                ),
                name="transfer_times_fit_status",
            ),
            models.CheckConstraint(
                condition=~Q(status=TransferStatus.EXECUTED)
                | Q(needs=[])
                | Q(decided_by__isnull=False),
                name="transfer_executed_with_approval",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="transfer_decided_by_somebody",
            ),
            models.CheckConstraint(
                # A check passes what is NULL: only who asked himself is refused.
                condition=Q(four_eyes=False)
                | Q(decided_by=None)
                | (Q(requested_by=None) | ~Q(decided_by=F("requested_by")))
                & (Q(answerable=None) | ~Q(decided_by=F("answerable"))),
                name="transfer_seen_by_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(status=TransferStatus.EXECUTED, moved__isnull=False, moved__gte=1)
                & (Q(moved=F("units")) | Q(up_to=True, moved__lt=F("units")))
                | (~Q(status=TransferStatus.EXECUTED) & Q(moved=None)),
                name="transfer_moved_what_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(status=TransferStatus.FAILED) ^ Q(failure=""),
                name="transfer_failure_says_why",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.PARTNER, asking_channel__isnull=False)
                | (~Q(origin=Origin.PARTNER) & Q(asking_channel=None)),
                name="transfer_partner_is_named",
            ),
            models.UniqueConstraint(
                fields=("source", "target"),
                condition=Q(status=TransferStatus.REQUESTED, origin__in=AUTOMATIC),
                name="transfer_asked_once_automatically",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} → {self.target.name or self.target.channel or _('open stock')}: {self.units}"


class TransferStep(models.Model):
    """A status that a transfer has reached: when, by whom, and what was said. Never changed."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="steps")
    status = models.CharField(_("status"), max_length=9, choices=TransferStatus)
    at = models.DateTimeField(_("when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    api_key_id = models.BigIntegerField(_("API key"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    # For the venue alone, where partners read the reason.
    internal_note = models.CharField(
        _("internal note"), max_length=300, blank=True, default="", db_default=""
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("transfer", "status"), name="transferstep_once"),
        )

    def __str__(self) -> str:
        return self.get_status_display()


class TransferNotice(models.Model):
    """That somebody is to be told of a step, or of what an approved change has done to a channel.

    Written with it, and sent by the alerts' deliveries. ``parts``: of a change, what each of the
    channel's rows had before and has after.

    A row and no message to a queue: what Redis loses is told all the same (docs/adr/0008).
    """

    step = models.ForeignKey(TransferStep, models.CASCADE, null=True, related_name="notices")
    change = models.ForeignKey(
        ChangeRequest, models.CASCADE, null=True, related_name="notices", verbose_name=_("change")
    )
    channel = models.ForeignKey(SalesChannel, models.PROTECT, null=True, related_name="+")
    parts = models.JSONField(default=list)
    audience = models.CharField(_("to"), max_length=9, choices=Audience)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("step", "audience"), name="transfernotice_once"),
            models.UniqueConstraint(
                fields=("change", "channel"), name="transfernotice_change_once"
            ),
            models.CheckConstraint(
                condition=Q(step__isnull=False, change=None, channel=None)
                | Q(step=None, change__isnull=False, channel__isnull=False),
                name="transfernotice_of_one_thing",
            ),
        )
        indexes = (
            models.Index(fields=("id",), condition=Q(sent_at=None), name="transfernotice_unsent"),
        )

    def __str__(self) -> str:
        return f"{self.get_audience_display()}: {self.step or self.change}"
