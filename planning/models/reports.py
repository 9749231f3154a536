from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from alerts.models import Endpoint, Mailing
from allocations.models import SalesChannel
from common.history import history
from common.names import NameField, holds_a_name
from events.models import Event, Series, Venue
from planning.enums import Attached, Frequency, Period, ReportName, Weekday


class ReportSchedule(models.Model):
    """A report that is sent by e-mail at a time of the venue's own clock, and when it is due next.

    ``planning.schedules`` writes ``next_at``; ``tries`` counts how often the present one has failed.
    """

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="report_schedules")
    name = NameField(_("name"), max_length=100)
    report = models.CharField(_("report"), max_length=20, choices=ReportName)
    series = models.ForeignKey(Series, models.CASCADE, null=True, blank=True, related_name="+")
    event = models.ForeignKey(Event, models.CASCADE, null=True, blank=True, related_name="+")
    channel = models.ForeignKey(
        SalesChannel, models.CASCADE, null=True, blank=True, related_name="+"
    )
    period = models.CharField(_("about"), max_length=12, choices=Period, default=Period.YESTERDAY)
    frequency = models.CharField(
        _("sent"), max_length=7, choices=Frequency, default=Frequency.DAILY
    )
    weekday = models.PositiveSmallIntegerField(_("on"), choices=Weekday, null=True, blank=True)
    day_of_month = models.PositiveSmallIntegerField(
        _("day of the month"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("In a shorter month, its last day."),
    )
    at = models.TimeField(_("at"), help_text=_("On the venue’s clock."))
    attached = models.CharField(_("file"), max_length=4, choices=Attached, default=Attached.XLSX)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("people")
    )
    endpoints = models.ManyToManyField(
        Endpoint, blank=True, related_name="+", verbose_name=_("addresses of teams")
    )
    is_active = models.BooleanField(_("active"), default=True)
    next_at = models.DateTimeField(_("next"), null=True, editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)

    history = history(
        excluded=("next_at", "not_before", "tries"), relations=("people", "endpoints")
    )

    class Meta:
        ordering = ("venue", "name")
        verbose_name = _("scheduled report")
        indexes = (
            models.Index(
                fields=("next_at",), condition=Q(is_active=True), name="report_schedule_due"
            ),
        )
        constraints: ClassVar = (
            models.UniqueConstraint("venue", Lower("name"), name="report_schedule_name_once"),
            holds_a_name("report_schedule_name_normalized"),
            models.CheckConstraint(
                condition=Q(frequency=Frequency.DAILY, weekday=None, day_of_month=None)
                | Q(
                    frequency=Frequency.WEEKLY,
                    weekday__isnull=False,
                    weekday__in=Weekday.values,
                    day_of_month=None,
                )
                | Q(
                    frequency=Frequency.MONTHLY,
                    weekday=None,
                    day_of_month__isnull=False,
                    day_of_month__range=(1, 31),
                ),
                name="report_schedule_has_its_day",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.frequency == Frequency.WEEKLY and self.weekday is None:
            raise ValidationError({"weekday": _("Say on which day of the week.")})
        if self.frequency == Frequency.MONTHLY and self.day_of_month is None:
            raise ValidationError({"day_of_month": _("Say on which day of the month.")})
        if self.frequency != Frequency.WEEKLY:
            self.weekday = None
        if self.frequency != Frequency.MONTHLY:
            self.day_of_month = None


class ReportRun(models.Model):
    """That a scheduled report was due, and what became of it: sent as a mailing, to nobody, or failed."""

    schedule = models.ForeignKey(ReportSchedule, models.CASCADE, related_name="runs")
    due_at = models.DateTimeField(_("due"))
    at = models.DateTimeField(_("made"), db_default=Now())
    mailing = models.ForeignKey(Mailing, models.SET_NULL, null=True, related_name="+")
    messages = models.PositiveIntegerField(_("messages"), default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ("-due_at",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("schedule", "due_at"), name="report_run_once"),
        )

    def __str__(self) -> str:
        return f"{self.schedule}, {self.due_at:%Y-%m-%d %H:%M}"
