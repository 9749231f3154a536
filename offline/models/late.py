"""What channels report late, and what of it could not be done."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models import SalesChannel
from common.text import local_time
from events.models import Event, Item, Pool
from offline.enums import ConflictStatus, Outcome, ReportKind, Resolution
from offline.models.files import SalesFile
from sales.models import Block, Booking, new_uuid
from transfers.models import Transfer

LONGEST_CLIENT_ID = 100


class Sync(models.Model):
    """One call of a channel's programs that report sales and returns: who, when, and what became of it."""

    uuid = models.UUIDField(_("number"), unique=True, default=new_uuid, editable=False)
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="syncs")
    lease = models.ForeignKey(Block, models.PROTECT, null=True, related_name="syncs")
    sales_file = models.ForeignKey(SalesFile, models.PROTECT, null=True, related_name="syncs")
    received_at = models.DateTimeField(_("received"), db_default=Now())
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    duplicates = models.PositiveIntegerField(_("known before"), default=0)
    conflicts = models.PositiveIntegerField(_("conflicts"), default=0)
    unreadable = models.PositiveIntegerField(_("cannot be read"), default=0)
    user = by_whom()
    api_key_id = models.BigIntegerField(_("API key"), null=True)

    class Meta:
        verbose_name = _("sync")
        verbose_name_plural = _("syncs")
        ordering = ("-pk",)
        default_permissions = ("view",)
        indexes = (models.Index(fields=("channel", "-id"), name="sync_by_channel"),)

    def __str__(self) -> str:
        return f"{self.channel} · {local_time(self.received_at, self.channel.venue.zone)}"


class ReportedUnits(models.Model):
    """Units of a pool that one sync has reported as sold, less those that it has given back: the channel's pace."""

    sync = models.ForeignKey(Sync, models.CASCADE, db_index=False, related_name="units")
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+")
    units = models.IntegerField(_("units"))

    class Meta:
        ordering = ("sync", "pool")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("sync", "pool"), name="reported_units_once_per_pool"),
        )

    def __str__(self) -> str:
        return f"{self.units} × {self.pool}"


class Report(models.Model):
    """A sale or a return that a channel has reported, once and for ever under its own ``client_id``.

    ``said`` is what was sent, without what we do not know; ``said_at`` is the time by the channel's own clock:
    shown, and never a reason for anything.
    """

    sync = models.ForeignKey(Sync, models.PROTECT, related_name="reports")
    position = models.PositiveSmallIntegerField(_("place in its sync"))
    # Named without foreign keys, as bookings are: reports come by the thousand.
    channel = models.ForeignKey(
        SalesChannel, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=ReportKind)
    client_id = models.CharField(_("the channel's own number"), max_length=LONGEST_CLIENT_ID)
    said = models.JSONField(_("what was reported"))
    said_at = models.DateTimeField(_("when, by the channel's clock"), null=True)
    # Of a sales file: what its lines of one kind are counted under, and how many tickets this report adds or takes.
    series = models.CharField(_("series"), max_length=80, blank=True, default="", db_default="")
    tickets = models.PositiveIntegerField(_("tickets"), default=0, db_default=0)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    booking = models.ForeignKey(
        Booking, models.DO_NOTHING, null=True, db_constraint=False, related_name="reports"
    )
    notes = models.JSONField(_("notes"), default=list)

    class Meta:
        ordering = ("sync", "position")
        default_permissions = ("view",)
        indexes = (
            models.Index(
                fields=("channel", "series"), condition=~Q(series=""), name="report_by_series"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "kind", "client_id"), name="report_once_per_client_id"
            ),
            models.CheckConstraint(
                condition=~Q(kind=ReportKind.SALE, outcome=Outcome.ACCEPTED)
                | Q(booking__isnull=False),
                name="report_accepted_sale_is_booked",
            ),
        )

    def __str__(self) -> str:
        return self.client_id


class Conflict(models.Model):
    """A report that could not be done: work for a person, who says how it ends, and why.

    ``code``, ``detail`` and ``numbers`` are why, as of the moment at which it was reported.
    """

    uuid = models.UUIDField(_("number"), unique=True, default=new_uuid, editable=False)
    report = models.OneToOneField(Report, models.PROTECT, related_name="conflict")
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="conflicts")
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="conflicts")
    began_at = models.DateTimeField(_("since"))
    code = models.CharField(_("why"), max_length=40)
    detail = models.TextField(_("why, in words"))
    numbers = models.JSONField(_("numbers"), default=dict)
    status = models.CharField(
        _("status"), max_length=8, choices=ConflictStatus, default=ConflictStatus.OPEN
    )
    resolution = models.CharField(_("how it ended"), max_length=10, choices=Resolution, blank=True)
    # Units of another channel that are on their way to this one, once they are approved.
    transfers = models.ManyToManyField(Transfer, related_name="conflicts", editable=False)
    resolved_at = models.DateTimeField(_("ended"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    user = by_whom()

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (("resolve_conflict", "Can resolve conflicts"),)
        indexes = (
            models.Index(
                fields=("channel", "-id"),
                condition=Q(status=ConflictStatus.OPEN),
                name="conflict_open_by_channel",
            ),
            models.Index(
                fields=("event",),
                condition=Q(status=ConflictStatus.OPEN),
                name="conflict_open_by_event",
            ),
            # Each sync asks whether one of its sales was booked by hand before (offline.repeats).
            models.Index(
                fields=("channel",),
                condition=Q(resolution=Resolution.OTHER_ITEM),
                name="conflict_booked_by_hand",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status=ConflictStatus.OPEN, resolution="", resolved_at=None)
                | (
                    Q(
                        status=ConflictStatus.RESOLVED,
                        resolution__in=Resolution.values,
                        resolved_at__isnull=False,
                    )
                    & ~Q(reason="")
                ),
                name="conflict_resolved_says_how",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} · {self.report.client_id}"


class ConflictLine(models.Model):
    """So many tickets of an item that were sold and have no stock. They count as committed."""

    conflict = models.ForeignKey(Conflict, models.CASCADE, db_index=False, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="conflict_lines")
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gte=1), name="conflict_line_positive"),
            models.UniqueConstraint(
                fields=("conflict", "item", "unit_price"), name="conflict_line_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.item}"
