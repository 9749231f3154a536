from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from events.models import Event
from golive.enums import WORK, Light, RunState

MAX_NOTE = 300


class ChecklistRun(models.Model):
    """One run of an event's go-live checklist: what each check has found, and who has signed it.

    ``results``: of each check its kind and findings (``golive.results``). ``fingerprint`` is that of all that was
    checked, before it was (``golive_fingerprint()`` in the database): where it is another now, the run is out of date.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="checklist_runs")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    state = models.CharField(_("state"), max_length=9, choices=RunState, default=RunState.WAITING)
    # How often a worker has taken it up; one that ends with its worker would do so for ever.
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(_("step"), max_length=100, blank=True)
    message = models.TextField(_("message"), blank=True)
    verdict = models.CharField(_("verdict"), max_length=5, choices=Light, blank=True)
    results = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=32, blank=True)
    asked_at = models.DateTimeField(_("asked for"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("signed by"),
    )
    signed_at = models.DateTimeField(_("signed"), null=True)
    note = models.CharField(_("note"), max_length=MAX_NOTE, blank=True)

    class Meta:
        verbose_name = _("run of a go-live checklist")
        verbose_name_plural = _("runs of go-live checklists")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (
            ("run_checklistrun", "Can run the go-live checklist"),
            ("sign_checklistrun", "Can sign the go-live checklist"),
        )
        indexes = (models.Index(fields=("event", "-id"), name="checklist_run_by_event"),)
        constraints = (
            models.UniqueConstraint(
                fields=("event",),
                condition=Q(state__in=[state.value for state in WORK]),
                name="checklist_runs_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RunState.values), name="checklist_run_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.DONE, finished_at__isnull=False) & ~Q(verdict="")
                | ~Q(state=RunState.DONE) & Q(verdict=""),
                name="checklist_run_done_says_what",
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.CANCELLED, cancelled_by__isnull=False)
                | ~Q(state=RunState.CANCELLED) & Q(cancelled_by=None),
                name="checklist_run_cancelled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None)
                | Q(
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    verdict__in=(Light.GREEN, Light.AMBER),
                ),
                name="checklist_signed_where_nothing_failed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} · {self.get_state_display()}"

    @property
    def is_running(self) -> bool:
        """Waiting for a worker, or in its hands."""
        return self.state in WORK

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def at(self) -> datetime:
        """When it ended, or began."""
        return self.finished_at or self.asked_at
