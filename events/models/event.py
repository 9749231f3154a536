from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.history import history
from common.names import NameField, holds_a_name
from events.day import Day, closes_past_midnight, event_day
from events.enums import EventStatus
from events.models.moments import validate_moment, within_a_century
from events.models.searching import found_by_part
from events.models.stoppable import Stoppable
from events.models.venue import Venue


class Series(models.Model):
    """A show or festival with one or more dates."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="series")
    name = NameField(_("name"), max_length=200)

    history = history()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint("venue", Lower("name"), name="series_name_unique_in_venue"),
            holds_a_name("series_name_normalized"),
        )

    def __str__(self) -> str:
        return self.name


class Event(Stoppable):
    """One date. It is sold while ON_SALE, within its sales window.

    ``config_version`` is kept by the database: any change of the event's set-up (its items,
    pools, listings, channels) raises it, so that a cached set-up is known to be old.
    """

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="events")
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="events")
    name = NameField(_("name"), max_length=200)
    status = models.CharField(
        _("status"), max_length=12, choices=EventStatus, default=EventStatus.DRAFT
    )
    starts_at = models.DateTimeField(
        _("starts at"),
        validators=[validate_moment],
        help_text=_("For an all-day event: midnight of its day at the venue."),
    )
    ends_at = models.DateTimeField(
        _("ends at"), null=True, blank=True, validators=[validate_moment]
    )
    all_day = models.BooleanField(_("all day"), default=False)
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(
        _("closes at"),
        null=True,
        blank=True,
        help_text=_("Past midnight when it is earlier than “opens at”: 18:00 to 02:00."),
    )
    sales_from = models.DateTimeField(
        _("sales from"), null=True, blank=True, validators=[validate_moment]
    )
    sales_until = models.DateTimeField(
        _("sales until"), null=True, blank=True, validators=[validate_moment]
    )
    stop_reason = models.CharField(
        _("stop-sell reason"),
        max_length=200,
        blank=True,
        help_text=_("While this says why, no channel can start a sale for the event."),
    )
    config_version = models.BigIntegerField(default=1, editable=False)
    modified_at = models.DateTimeField(_("modified"), db_default=Now(), editable=False)

    history = history(excluded=("config_version", "modified_at"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("starts_at", "pk")
        permissions = (("cancel_event", "Can cancel an event with its bookings"),)
        indexes = (
            models.Index(fields=("venue", "starts_at"), name="event_by_venue_and_date"),
            models.Index(fields=("status", "starts_at"), name="event_by_status_and_date"),
            models.Index(fields=("starts_at", "id"), name="event_by_date"),
            found_by_part("name", name="event_by_part_of_name"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="event_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(all_day=False)
                | Q(opens_at__isnull=False, closes_at__isnull=False)
                & (Q(closes_at__gt=F("opens_at")) | Q(closes_at__lt=F("opens_at"))),
                name="event_all_day_has_opening_hours",
            ),
            models.CheckConstraint(
                condition=Q(sales_from=None)
                | Q(sales_until=None)
                | Q(sales_until__gt=F("sales_from")),
                name="event_sales_window_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=EventStatus.values), name="event_status_known"
            ),
            holds_a_name("event_name_normalized"),
            models.CheckConstraint(
                condition=within_a_century("starts_at", "ends_at", "sales_from", "sales_until"),
                name="event_dates_within_a_century",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, {date_format(self.local_start, 'j M Y')}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        # What goes with it, such as its alerts, is locked after it by everybody else.
        with transaction.atomic(savepoint=False):
            lock_events(Q(pk=self.pk))
            return super().delete(*args, **kwargs)

    def clean(self) -> None:
        if (
            self.series_id
            and self.venue_id
            and self.series
            and self.series.venue_id != self.venue_id
        ):
            raise ValidationError({"series": _("This series belongs to another venue.")})

    @property
    def day(self) -> Day:
        """The day of the event at its venue, with all its nights and days."""
        return event_day(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            all_day=self.all_day,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            zone=self.venue.zone,
        )

    @property
    def over_at(self) -> datetime:
        """When it is over: as set, else with its day at the venue."""
        return self.day.end

    @property
    def closes_on_next_day(self) -> bool:
        """Whether its opening hours end past midnight."""
        return closes_past_midnight(self.opens_at, self.closes_at)

    @property
    def sales_close(self) -> datetime:
        """When sales end: as set, and with the event at the latest."""
        return min(self.sales_until or self.over_at, self.over_at)

    @property
    def local_start(self) -> datetime:
        """The start on the venue's own clock."""
        return self.starts_at.astimezone(self.venue.zone)


def lock_events(which: Q) -> None:
    """Events before their parts, channels and venues, in order of primary key (docs/ledger.md)."""
    events = Event.objects.select_for_update(no_key=True).filter(which)
    list(events.order_by("pk").values_list("pk"))
