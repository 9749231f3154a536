from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from allocations.enums import Closes, Draws, Opens, PlanStatus
from allocations.models.channel import SalesChannel
from common.names import NameField, holds_a_name
from events.models import Pool
from events.models.moments import validate_moment, within_a_century

# Two years: the longest before a start or after a beginning of sales that anybody plans.
LONGEST_HOURS = 2 * 366 * 24


Constraints = tuple[models.BaseConstraint, ...]


def hours_field(label: Any) -> Any:
    return models.PositiveIntegerField(
        label, null=True, blank=True, validators=[MaxValueValidator(LONGEST_HOURS)]
    )


def moment_field(label: Any) -> Any:
    return models.DateTimeField(label, null=True, blank=True, validators=[validate_moment])


class AllocationPlan(models.Model):
    """Who gets which part of a pool, and who may draw on which open row, when.

    A draft may be written anew at will. Once applied, a version stays as it is for good: it is the
    record of what was decided, by whom, when and why (docs/adr/0007).
    """

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="plans")
    version = models.PositiveIntegerField(_("version"), null=True, editable=False)
    status = models.CharField(
        _("status"), max_length=8, choices=PlanStatus, default=PlanStatus.DRAFT, editable=False
    )
    note = models.CharField(
        _("note for partners"),
        max_length=1000,
        blank=True,
        help_text=_("Stands in the plan that each channel is given."),
    )
    # Raised with each change of a draft: two editors do not overwrite one another.
    revision = models.PositiveIntegerField(default=1, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)
    # For the venue alone, where partners read the reason.
    internal_note = models.CharField(
        _("internal note"), max_length=300, blank=True, default="", db_default="", editable=False
    )
    applied_at = models.DateTimeField(_("applied"), null=True, editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("applied by"),
    )

    class Meta:
        ordering = ("pool", F("version").desc(nulls_first=True))
        verbose_name = _("allocation plan")
        constraints = (
            models.CheckConstraint(
                condition=Q(status=PlanStatus.DRAFT, version=None, applied_at=None)
                | Q(
                    status__in=(PlanStatus.IN_FORCE, PlanStatus.REPLACED),
                    version__isnull=False,
                    applied_at__isnull=False,
                ),
                name="plan_applied_has_version",
            ),
            models.UniqueConstraint(fields=("pool", "version"), name="plan_version_once"),
            models.UniqueConstraint(
                fields=("pool",), condition=Q(status=PlanStatus.DRAFT), name="plan_one_draft"
            ),
            models.UniqueConstraint(
                fields=("pool",), condition=Q(status=PlanStatus.IN_FORCE), name="plan_one_in_force"
            ),
        )

    def __str__(self) -> str:
        version = _("draft") if self.version is None else f"v{self.version}"
        return f"{self.pool} · {_('plan')} {version}"


class Guarantee(models.Model):
    """A part of a pool's capacity, as a number or in percent, and when it ends."""

    units = models.PositiveIntegerField(_("units"), null=True, blank=True)
    percent = models.DecimalField(
        _("percent"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    releases_at = moment_field(_("unsold goes back at"))
    release_hours = hours_field(_("unsold goes back, hours before the start"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        constraints: ClassVar[Constraints] = (
            models.CheckConstraint(
                # A check passes what is NULL.
                condition=Q(units=None, percent__isnull=False, percent__range=(0, 100))
                | Q(units__isnull=False, percent=None),
                name="%(class)s_number_or_percent",
            ),
            models.CheckConstraint(
                condition=Q(releases_at=None) | Q(release_hours=None),
                name="%(class)s_one_release",
            ),
            models.CheckConstraint(
                condition=within_a_century("releases_at"),
                name="%(class)s_release_within_a_century",
            ),
        )


class PlanGroup(Guarantee):
    """The common stock of some channels, e.g. of all partners: a named open row."""

    plan = models.ForeignKey(AllocationPlan, models.CASCADE, related_name="groups")
    name = NameField(_("name"), max_length=100)

    class Meta(Guarantee.Meta):
        ordering = ("position", "pk")
        constraints: ClassVar[Constraints] = (
            *Guarantee.Meta.constraints,
            models.UniqueConstraint("plan", Lower("name"), name="plangroup_name_once"),
            holds_a_name("plangroup_name_normalized"),
            models.CheckConstraint(condition=~Q(name=""), name="plangroup_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class PlanLine(Guarantee):
    """What a plan gives one sales channel: see docs/plans.md for each term."""

    plan = models.ForeignKey(AllocationPlan, models.CASCADE, related_name="lines")
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="plan_lines")
    draws = models.CharField(_("draws on"), max_length=7, choices=Draws, default=Draws.NONE)
    group = models.ForeignKey(
        PlanGroup, models.CASCADE, null=True, blank=True, related_name="members"
    )
    tier = models.PositiveSmallIntegerField(
        _("tier"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    opens = models.CharField(_("opens"), max_length=13, choices=Opens, default=Opens.AT_ONCE)
    opens_at = moment_field(_("opens at"))
    opens_hours = hours_field(_("opens, hours"))
    closes = models.CharField(_("closes"), max_length=13, choices=Closes, default=Closes.NEVER)
    closes_at = moment_field(_("closes at"))
    closes_hours = hours_field(_("closes, hours"))
    floor = models.PositiveIntegerField(_("floor"), null=True, blank=True)
    ceiling = models.PositiveIntegerField(_("ceiling"), null=True, blank=True)
    is_dynamic = models.BooleanField(_("dynamic"), default=False)

    class Meta(Guarantee.Meta):
        ordering = ("position", "pk")
        constraints: ClassVar[Constraints] = (
            *Guarantee.Meta.constraints,
            models.UniqueConstraint(fields=("plan", "channel"), name="planline_channel_once"),
            models.CheckConstraint(
                condition=Q(draws=Draws.GROUP, group__isnull=False)
                | Q(draws__in=(Draws.NONE, Draws.GENERAL), group=None),
                name="planline_group_where_it_draws_on_one",
            ),
            models.CheckConstraint(condition=Q(tier__range=(1, 20)), name="planline_tier_is_small"),
            models.CheckConstraint(
                condition=Q(floor=None) | Q(ceiling=None) | Q(ceiling__gte=F("floor")),
                name="planline_floor_below_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(opens=Opens.AT, opens_at__isnull=False, opens_hours=None)
                | Q(
                    opens__in=(Opens.AFTER_ON_SALE, Opens.BEFORE_START),
                    opens_at=None,
                    opens_hours__isnull=False,
                )
                | Q(opens__in=(Opens.AT_ONCE, Opens.AFTER_TIER), opens_at=None, opens_hours=None),
                name="planline_opening_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(closes=Closes.AT, closes_at__isnull=False, closes_hours=None)
                | Q(
                    closes__in=(Closes.AFTER_OPENING, Closes.BEFORE_START),
                    closes_at=None,
                    closes_hours__isnull=False,
                )
                | Q(closes=Closes.NEVER, closes_at=None, closes_hours=None),
                name="planline_closing_is_whole",
            ),
            models.CheckConstraint(
                condition=within_a_century("opens_at", "closes_at"),
                name="planline_window_within_a_century",
            ),
        )

    def __str__(self) -> str:
        return str(self.channel)
