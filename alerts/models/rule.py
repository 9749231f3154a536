from decimal import Decimal
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from alerts.enums import Kind, Pace, Per, Severity, Unit
from alerts.kinds import FOR_PARTNERS, KINDS, OF_STOCK
from alerts.kinds.velocity import WINDOWS
from alerts.models.team import A_DAY, AlertTeam
from alerts.velocity import LARGEST_PROBABILITY
from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from events.models import Event, Pool, Venue

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

A_MONTH = 31 * A_DAY
NOT_NEGATIVE = [MinValueValidator(0)]
# Every field that some kind requires: the others leave it empty.
REQUIRED = sorted({field for entry in KINDS.values() for field in entry.required_fields})
IN_PERCENT = [
    Q(kind=kind, **entry.percent_rules)
    for kind, entry in KINDS.items()
    if entry.percent_rules is not None
]


class AlertRule(models.Model):
    """When somebody is to be told, who, and how urgently. Read by ``alerts/evaluation/`` for all at once.

    What ``threshold`` and the fields beside it mean, and which of them a kind has, its module in ``alerts/kinds/``
    says. ``hysteresis`` is in the threshold's own unit.

    An event with rules of its own of a kind, active or not, follows those in place of its venue's, and a
    venue in place of those for all venues (``alerts_rules_for()`` in the database).
    """

    venue = models.ForeignKey(
        Venue,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        help_text=_("Empty: all venues that have no rule of their own for this."),
    )
    event = models.ForeignKey(
        Event,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        help_text=_("Empty: all events that have no rule of their own for this."),
    )
    pool = models.ForeignKey(
        Pool, models.CASCADE, null=True, blank=True, related_name="+", help_text=_("Empty: all.")
    )
    channel = models.ForeignKey(
        SalesChannel,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: all."),
    )
    name = NameField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=17, choices=Kind)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity, default=Severity.WARNING
    )
    per = models.CharField(_("counted"), max_length=7, choices=Per, blank=True, default="")
    unit = models.CharField(_("in"), max_length=7, choices=Unit, blank=True, default="")
    threshold = models.DecimalField(
        _("threshold"), max_digits=12, decimal_places=2, validators=NOT_NEGATIVE
    )
    other_threshold = models.DecimalField(
        _("other threshold"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[*NOT_NEGATIVE, MaxValueValidator(100)],
    )
    window_minutes = models.PositiveIntegerField(
        _("window, minutes"),
        null=True,
        blank=True,
        choices=[(minutes, str(minutes)) for minutes in WINDOWS],
    )
    pace = models.CharField(_("told when"), max_length=6, choices=Pace, blank=True, default="")
    probability = models.FloatField(
        _("probability"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1e-12), MaxValueValidator(LARGEST_PROBABILITY)],
        help_text=_("Told when chance alone would bring it about less often than this."),
    )
    hysteresis = models.DecimalField(
        _("ends past the threshold by"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=NOT_NEGATIVE,
        help_text=_(
            "So that a number that goes up and down around the threshold makes one alert, not many."
        ),
    )
    cooldown_minutes = models.PositiveIntegerField(
        _("pause, minutes"),
        default=15,
        validators=[MaxValueValidator(A_MONTH)],
        help_text=_("After an alert has ended, none begins again for this long."),
    )
    muted_until = models.DateTimeField(
        _("muted until"),
        null=True,
        blank=True,
        help_text=_("Alerts stand on the board, and are sent afterwards if they still hold."),
    )
    teams = models.ManyToManyField(AlertTeam, blank=True, related_name="+", verbose_name=_("teams"))
    tells_channel_team = models.BooleanField(
        _("the channel's team"),
        default=False,
        db_default=False,
        help_text=_("Also the team that looks after the channel."),
    )
    tells_partner = models.BooleanField(
        _("the channel's partner"),
        default=False,
        db_default=False,
        help_text=_("Also the partner's own endpoints, in words that name no other channel."),
    )
    escalate_minutes = models.PositiveIntegerField(
        _("escalate after, minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(A_MONTH)],
        help_text=_("When nobody has acknowledged it by then. Empty: never."),
    )
    escalate_to = models.ManyToManyField(
        AlertTeam,
        blank=True,
        related_name="+",
        verbose_name=_("escalate to"),
        help_text=_("None chosen: the same teams again."),
    )
    advice = models.CharField(
        _("what to do"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Written in the message."),
    )

    history = history(relations=("teams", "escalate_to"))

    class Meta:
        verbose_name = _("alert rule")
        ordering = ("venue", "event", "kind", "name", "pk")
        constraints: ClassVar = (
            models.UniqueConstraint(
                "venue", "event", Lower("name"), nulls_distinct=False, name="alertrule_name_once"
            ),
            holds_a_name("alertrule_name_normalized"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="alertrule_kind_known"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0, hysteresis__gte=0), name="alertrule_not_negative"
            ),
            models.CheckConstraint(
                condition=reduce(and_, (~rules for rules in IN_PERCENT)) | Q(threshold__lte=100),
                name="alertrule_percent_within_100",
            ),
            *(
                models.CheckConstraint(
                    condition=entry.constraint.condition, name=entry.constraint.name
                )
                for entry in KINDS.values()
                if entry.constraint is not None
            ),
            models.CheckConstraint(
                condition=Q(event=None) | Q(venue__isnull=False),
                name="alertrule_event_has_its_venue",
            ),
            models.CheckConstraint(
                condition=Q(pool=None) | Q(event__isnull=False), name="alertrule_pool_has_its_event"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OF_STOCK) | Q(event=None, pool=None),
                name="alertrule_event_where_stock_is_watched",
            ),
            models.CheckConstraint(
                condition=Q(tells_partner=False) | Q(kind__in=FOR_PARTNERS),
                name="alertrule_partner_of_own_channel",
            ),
            models.CheckConstraint(
                condition=Q(escalate_minutes=None) | Q(escalate_minutes__gte=1),
                name="alertrule_escalates_later",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        wrong: dict[str, StrOrPromise] = {}
        kind = KINDS[Kind(self.kind)] if self.kind in KINDS else None
        for field in REQUIRED:
            is_given = getattr(self, field) not in (None, "")
            is_required = kind is not None and field in kind.required_fields
            if is_required and not is_given:
                wrong[field] = _("Needed for this kind.")
            elif is_given and not is_required:
                wrong[field] = _("This kind has none.")
        if self.event_id and self.venue_id and self.event and self.event.venue_id != self.venue_id:
            wrong["event"] = _("This event belongs to another venue.")
        if self.pool_id and self.pool and self.pool.event_id != self.event_id:
            wrong["pool"] = _("This pool belongs to another event.")
        if self.channel_id and self.channel and self.channel.venue_id != self.venue_id:
            wrong["channel"] = _("This channel belongs to another venue.")
        if self.tells_partner and self.kind not in FOR_PARTNERS:
            wrong["tells_partner"] = _("This kind says something of other channels.")
        if kind is not None:
            wrong |= kind.errors(self)
        if wrong:
            raise ValidationError(wrong)
