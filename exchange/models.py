from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from exchange.enums import WORK, FileKind, RunState

LARGEST_FILE = 5_000_000
MAX_ROWS = 20_000
# What a run remembers of its problems and changes; the counts are of all.
MAX_PROBLEMS = 500
MAX_CHANGES = 200
FILE_KEPT = timedelta(days=30)


class ImportRun(models.Model):
    """One uploaded file: what it would do, and what became of it.

    ``problems``: sheet, row, column and sentence of each; ``changes``: sheet, row, name and the
    columns from → to; ``results``: what each sheet makes and changes. They hold set-up only.
    """

    name = models.CharField(_("file"), max_length=200)
    kind = models.CharField(_("kind"), max_length=4, choices=FileKind)
    table = models.CharField(
        _("what it holds"),
        max_length=20,
        blank=True,
        help_text=_("Of a CSV file; empty: recognized by its columns."),
    )
    # Forgotten after FILE_KEPT.
    content = models.BinaryField(_("content"), null=True)
    size = models.PositiveIntegerField(_("size"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="import_runs",
        verbose_name=_("uploaded by"),
    )
    # Who has pressed Import: the uploader, or a superuser.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    state = models.CharField(_("state"), max_length=9, choices=RunState, default=RunState.WAITING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # For the venue alone, where partners read the reason.
    internal_note = models.CharField(
        _("internal note"), max_length=300, blank=True, default="", db_default=""
    )
    message = models.TextField(_("message"), blank=True)
    # How often a worker has taken it up; one that ends with its worker would do so for ever.
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    new_rows = models.PositiveIntegerField(_("new"), default=0)
    changed_rows = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_rows = models.PositiveIntegerField(_("unchanged"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    problems = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    # What it sets off in the second of the import, in sentences.
    at_once = models.JSONField(default=list)
    results = models.JSONField(default=list)
    # Of all that the last check would change: what is confirmed is this and nothing else.
    digest = models.CharField(max_length=64, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded"), db_default=Now())
    checked_at = models.DateTimeField(_("checked"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("import")
        indexes = (
            models.Index(
                fields=("id",),
                condition=models.Q(state__in=[state.value for state in WORK]),
                name="import_run_to_work_on",
            ),
            models.Index(fields=("uploaded_by", "-id"), name="import_run_by_person"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="import_run_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(content__isnull=False)
                | ~models.Q(state__in=[state.value for state in WORK]),
                name="import_run_has_its_file",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Waiting for a worker, or in its hands."""
        return self.state in WORK

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
