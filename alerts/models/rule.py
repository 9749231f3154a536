from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from alerts.enums import FOR_PARTNERS, OF_STOCK, Kind, Pace, Per, Severity, Unit
from alerts.models.team import A_DAY, AlertTeam
from alerts.velocity import LARGEST_PROBABILITY
from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from events.models import Event, Pool, Venue

A_MONTH = 31 * A_DAY
# Whole slots of a quarter of an hour, of which a day has a whole number of windows.
WINDOWS = (15, 30, 60, 120, 180, 240, 360, 720, 1440)
NOT_NEGATIVE = [MinValueValidator(0)]
PARTS = {
    "per": (Kind.LOW_STOCK,),
    "unit": (Kind.LOW_STOCK,),
    "other_threshold": (Kind.SELL_THROUGH_GAP,),
    "window_minutes": (Kind.VELOCITY,),
    "pace": (Kind.VELOCITY,),
    "probability": (Kind.VELOCITY,),
}


class AlertRule(models.Model):
    """When somebody is to be told, who, and how urgently. Read by ``alerts/evaluation/`` for all at once.

    ``threshold`` is, by kind: LOW_STOCK: told below so many units or percent · OVERSELL_RISK: at so
    many percent of the capacity and more · VELOCITY: the fewest units that are judged · SELL_THROUGH_GAP:
    one channel has sold so many percent or more while another has sold ``other_threshold`` or less ·
    TRANSFER_WAITING, SYNC_OVERDUE: minutes · PAYMENT_OVERDUE: days · DELIVERY_FAILING: failures in a
    row · LEDGER_DIFFERENCE: rows that differ. ``hysteresis`` is in the threshold's own unit.

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
                condition=(Q(kind=Kind.LOW_STOCK) & ~Q(per="") & ~Q(unit=""))
                | (~Q(kind=Kind.LOW_STOCK) & Q(per="", unit="")),
                name="alertrule_low_stock_of_what",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.LOW_STOCK, unit=Unit.PERCENT) & ~Q(kind=Kind.OVERSELL_RISK)
                | Q(threshold__lte=100),
                name="alertrule_percent_within_100",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=Kind.SELL_THROUGH_GAP,
                    other_threshold__isnull=False,
                    other_threshold__gte=0,
                    other_threshold__lt=F("threshold"),
                    threshold__lte=100,
                )
                | (~Q(kind=Kind.SELL_THROUGH_GAP) & Q(other_threshold=None)),
                name="alertrule_gap_between_two",
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        kind=Kind.VELOCITY,
                        window_minutes__isnull=False,
                        window_minutes__in=WINDOWS,
                        probability__isnull=False,
                        probability__gt=0,
                        probability__lte=LARGEST_PROBABILITY,
                    )
                    & ~Q(pace="")
                )
                | (~Q(kind=Kind.VELOCITY) & Q(window_minutes=None, probability=None, pace="")),
                name="alertrule_velocity_has_its_window",
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
        wrong = {}
        for field, kinds in PARTS.items():
            value = getattr(self, field)
            if self.kind in kinds and value in (None, ""):
                wrong[field] = _("Needed for this kind.")
            elif self.kind not in kinds and value not in (None, ""):
                wrong[field] = _("This kind has none.")
        if self.event_id and self.venue_id and self.event and self.event.venue_id != self.venue_id:
            wrong["event"] = _("This event belongs to another venue.")
        if self.pool_id and self.pool and self.pool.event_id != self.event_id:
            wrong["pool"] = _("This pool belongs to another event.")
        if self.channel_id and self.channel and self.channel.venue_id != self.venue_id:
            wrong["channel"] = _("This channel belongs to another venue.")
        if self.tells_partner and self.kind not in FOR_PARTNERS:
            wrong["tells_partner"] = _("This kind says something of other channels.")
        if (
            self.kind == Kind.SELL_THROUGH_GAP
            and None not in (self.threshold, self.other_threshold)
            and self.other_threshold >= self.threshold  # type: ignore[operator]
        ):
            wrong["other_threshold"] = _("It is below the threshold of the other channel.")
        if wrong:
            raise ValidationError(wrong)
