"""Files in which a channel reports what it has sold, and how they are read."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import by_whom
from allocations.models import SalesChannel
from offline.enums import FILE_WORK, UNREAD, FileState, LinesState
from sales.models import new_uuid


class FileMapping(models.Model):
    """How the files of a channel are read: which column is what, and what its words mean (``exchange.sales_files.mapping``).

    Kept as versions: a new one takes the place of the one before, and files say by which they were read.
    """

    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="file_mappings")
    version = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    made_at = models.DateTimeField(_("made"), db_default=Now())
    user = by_whom()
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ("channel", "-version")
        constraints = (
            models.UniqueConstraint(fields=("channel", "version"), name="mapping_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.channel} · {self.version}"


class SalesFile(models.Model):
    """A file of a channel: what it held, and what became of it. Its lines are in ``FileLine``."""

    uuid = models.UUIDField(_("number"), unique=True, default=new_uuid, editable=False)
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="sales_files")
    # None until it was read.
    mapping = models.ForeignKey(FileMapping, models.PROTECT, null=True, related_name="files")
    # The version by which its sender wants it read; else it is read by the newest.
    named_mapping = models.ForeignKey(
        FileMapping, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(_("SHA-256"), max_length=64)
    is_whole = models.BooleanField(
        _("holds all sales"),
        default=False,
        help_text=_("What was sold of its events before and is not in it is proposed as a refund."),
    )
    state = models.CharField(_("state"), max_length=9, choices=FileState, default=FileState.CHECKED)
    # Its sender wants it booked as soon as it is checked.
    books_itself = models.BooleanField(default=False, db_default=False)
    # A worker checks, books and undoes it; else whoever has read it does.
    by_worker = models.BooleanField(default=False, db_default=False)
    # Of a file that was uploaded; forgotten after a month.
    content = models.BinaryField(_("content"), null=True)
    # Forgotten once nothing can be done with them any more (exchange.sales_files.retention).
    lines_state = models.CharField(
        max_length=9, choices=LinesState, default=LinesState.KEPT, db_default=LinesState.KEPT.value
    )
    message = models.TextField(_("message"), blank=True, default="", db_default="")
    # How often a worker has taken the step up; one that ends with its worker would do so for ever.
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    done = models.PositiveIntegerField(default=0, db_default=0)
    total = models.PositiveIntegerField(default=0, db_default=0)
    # What its last check or its booking came to (exchange.sales_files.booking.Summary).
    summary = models.JSONField(default=dict, db_default={})
    uploaded_at = models.DateTimeField(_("uploaded"), db_default=Now())
    checked_at = models.DateTimeField(_("checked"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Who has asked for the step that a worker does, a person or a program with a key, and why.
    asked_by = by_whom(_("asked for by"))
    asked_by_key_id = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    user = by_whom()
    api_key_id = models.BigIntegerField(_("API key"), null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("sales file")
        default_permissions = ("view",)
        permissions = (("take_salesfile", "Can upload and book sales files"),)
        indexes = (
            models.Index(fields=("channel", "-id"), name="sales_file_by_channel"),
            models.Index(
                fields=("id",),
                condition=Q(by_worker=True, state__in=[state.value for state in FILE_WORK]),
                name="sales_file_to_work_on",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=FileState.values), name="sales_file_state_known"
            ),
            models.CheckConstraint(
                condition=Q(lines_state__in=LinesState.values), name="sales_file_lines_state_known"
            ),
            models.CheckConstraint(
                condition=Q(mapping__isnull=False) | Q(state__in=[state.value for state in UNREAD]),
                name="sales_file_has_its_mapping",
            ),
            models.CheckConstraint(
                condition=Q(content__isnull=False) | ~Q(state__in=("WAITING", "CHECKING")),
                name="sales_file_has_its_content",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Waiting for a worker, or in its hands."""
        return self.by_worker and self.state in FILE_WORK

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


class FileLine(models.Model):
    """One line of a sales file, as it was read: of ``series``, so many tickets; or why it cannot be read.

    A series is what the channel counts under one name: an item under a reference of its own, or, of a file of
    totals, an item. The reports of a series add up to what its lines say.
    """

    file = models.ForeignKey(SalesFile, models.CASCADE, db_index=False, related_name="lines")
    row = models.PositiveIntegerField(_("row"))
    # Named without foreign keys: lines come by the hundred thousand.
    event_id = models.BigIntegerField(null=True)
    item_id = models.BigIntegerField(null=True)
    quantity = models.IntegerField(_("quantity"), default=0)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2, null=True)
    series = models.CharField(_("series"), max_length=80, blank=True)
    said_at = models.DateTimeField(_("when, by the channel's clock"), null=True)
    fault = models.CharField(_("cannot be read"), max_length=300, blank=True)
    # Of one that cannot be read: what it holds, by the roles of the mapping.
    cells = models.JSONField(_("cells"), default=dict)

    class Meta:
        ordering = ("file", "row")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("file", "row"), name="file_line_row_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="file_line_quantity_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(fault="") | (Q(item_id__isnull=False) & ~Q(series="")),
                name="file_line_read_or_faulty",
            ),
        )
        indexes = (models.Index(fields=("file", "series"), name="file_line_by_series"),)

    def __str__(self) -> str:
        return f"{self.file} · {self.row}"
