from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from events.models import Event, Venue
from transfers.enums import Amount
from transfers.models.policy import LONGEST_HOURS

PERCENT = (MinValueValidator(0), MaxValueValidator(100))
A_MONTH = 31 * 24 * 60


def percent_field(label: object, default: int, help_text: object) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        label,  # type: ignore[arg-type]
        max_digits=5,
        decimal_places=2,
        default=Decimal(default),
        validators=PERCENT,
        help_text=help_text,  # type: ignore[arg-type]
    )


class TransferRule(models.Model):
    """Asks for transfers by itself: from a channel that has sold little to one that is selling out.

    Of a venue, or of one event alone. Which two channels, and how many units, is worked out in the
    database for all events at once (``transfers/rules/``); see docs/transfers.md for each term.
    """

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="transfer_rules")
    event = models.ForeignKey(
        Event,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="transfer_rules",
        help_text=_("Empty: all events of the venue."),
    )
    name = NameField(_("name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    is_trial = models.BooleanField(
        _("on trial"),
        default=False,
        help_text=_("Writes down what it would ask for, and asks for nothing."),
    )
    source_below = percent_field(
        _("source sold below, percent"), 30, _("Of the source's own part.")
    )
    target_at_least = percent_field(
        _("target sold at least, percent"), 90, _("Of the target's own part.")
    )
    sources = models.ManyToManyField(
        SalesChannel,
        blank=True,
        related_name="+",
        verbose_name=_("sources"),
        help_text=_("None chosen: any channel."),
    )
    targets = models.ManyToManyField(
        SalesChannel,
        blank=True,
        related_name="+",
        verbose_name=_("targets"),
        help_text=_("None chosen: any channel."),
    )
    starts_hours = models.PositiveIntegerField(
        _("from, hours before the start"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_HOURS)],
        help_text=_("Empty: from the beginning of sales."),
    )
    stops_hours = models.PositiveIntegerField(
        _("until, hours before the start"),
        default=0,
        validators=[MaxValueValidator(LONGEST_HOURS)],
        help_text=_("0: until sales end."),
    )
    amount = models.CharField(_("how much"), max_length=8, choices=Amount, default=Amount.EQUALIZE)
    value = models.PositiveIntegerField(
        _("units or percent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty where both are to have sold the same share."),
    )
    keeps = models.PositiveIntegerField(
        _("source keeps, units"), default=0, help_text=_("At least so many stay free.")
    )
    max_per_run = models.PositiveIntegerField(
        _("maximum at once, units"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    max_per_day = models.PositiveIntegerField(
        _("maximum in 24 hours, units"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Of one pool, by this rule."),
    )
    cooldown_minutes = models.PositiveIntegerField(
        _("pause, minutes"),
        default=60,
        validators=[MaxValueValidator(A_MONTH)],
        help_text=_("For so long nothing more is asked between the same two channels."),
    )
    hysteresis = percent_field(
        _("extra for the way back, points"),
        10,
        _("After a transfer one way, the way back needs both limits passed by so much more."),
    )
    # Raised by the database with each change: evidence names the version that asked.
    version = models.PositiveIntegerField(default=1, editable=False)

    history = history(excluded=("version",), relations=("sources", "targets"))

    class Meta:
        verbose_name = _("transfer rule")
        ordering = ("venue", "name", "pk")
        constraints = (
            models.UniqueConstraint(
                "venue", "event", Lower("name"), nulls_distinct=False, name="transferrule_name_once"
            ),
            holds_a_name("transferrule_name_normalized"),
            models.CheckConstraint(
                condition=Q(source_below__range=(0, 100), target_at_least__range=(0, 100))
                & Q(hysteresis__range=(0, 100)),
                name="transferrule_percents",
            ),
            models.CheckConstraint(
                condition=Q(source_below__lt=F("target_at_least")),
                name="transferrule_source_below_target",
            ),
            models.CheckConstraint(
                condition=Q(amount=Amount.EQUALIZE, value=None)
                | Q(amount=Amount.UNITS, value__isnull=False, value__gte=1)
                | Q(amount=Amount.PERCENT, value__isnull=False, value__range=(1, 100)),
                name="transferrule_amount_has_its_value",
            ),
            models.CheckConstraint(
                condition=Q(starts_hours=None) | Q(starts_hours__gt=F("stops_hours")),
                name="transferrule_window_in_order",
            ),
        )

    def __str__(self) -> str:
        return self.name


class EventWatch(models.Model):
    """How far an event was looked at: by the rules, with the sum of its stock's versions then, and
    by the rebalancing of dynamic plans.
    """

    event = models.OneToOneField(
        Event, models.CASCADE, primary_key=True, related_name="transfer_watch"
    )
    stock_versions = models.BigIntegerField(default=-1)
    looked_at = models.DateTimeField(null=True)
    rebalanced_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.event)

    @staticmethod
    def begin(events: models.QuerySet[Event]) -> None:
        """See that each of these events is watched; two workers at once do no harm."""
        unwatched = events.filter(transfer_watch=None).order_by("pk").values_list("pk", flat=True)
        EventWatch.objects.bulk_create(
            (EventWatch(event_id=pk) for pk in unwatched), ignore_conflicts=True
        )
