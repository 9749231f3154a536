from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from events.models import Event
from planning.enums import UNFINISHED, RunState

MOST_SEEDS = 500


class WhatIfRun(models.Model):
    """A demand that is put to two plans, as often as it has seeds: what was asked for, and how far it is.

    ``demand`` and ``sides`` say what was chosen; ``plans`` keeps both plans as they were then. The results stand in its
    chunks. A worker that has taken it up holds it until ``claimed_until``, and says so anew with each chunk.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="whatif_runs")
    state = models.CharField(_("state"), max_length=9, choices=RunState, default=RunState.WAITING)
    demand = models.JSONField(_("demand"))
    sides = models.JSONField(_("plans that are compared"))
    plans = models.JSONField(default=list)
    # Hours after which what needs an approval gets it; empty: nobody ever approves.
    answer_hours = models.PositiveIntegerField(_("approved after, hours"), null=True, blank=True)
    moves = models.BooleanField(_("transfer rules and dynamic plans move units"), default=True)
    seeds = models.PositiveIntegerField(
        _("runs"),
        default=200,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SEEDS)],
    )
    done = models.PositiveIntegerField(default=0)
    # Protection levels and the plan that keeps them (planning/whatif/recommend.py); empty where prices do not differ.
    recommendation = models.JSONField(default=dict)
    message = models.TextField(_("message"), blank=True)
    notes = models.JSONField(default=list)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    # From when until when it sells.
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # Of the set-up on which the chunks rest: with another they are worked out anew.
    digest = models.CharField(max_length=64, blank=True)
    worker = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    # How often it was taken up since it last made a step; one that ends with its worker would do so for ever.
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        indexes = (
            models.Index(
                fields=("id",),
                condition=Q(state__in=[state.value for state in UNFINISHED]),
                name="whatif_to_work_on",
            ),
            models.Index(fields=("event", "-id"), name="whatif_by_event"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=RunState.values), name="whatif_state_known"
            ),
            models.CheckConstraint(
                condition=Q(seeds__range=(1, MOST_SEEDS)) & Q(done__lte=models.F("seeds")),
                name="whatif_seeds_in_range",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} · {self.pk}"

    @property
    def is_running(self) -> bool:
        """Waiting for a worker, or in its hands."""
        return self.state in UNFINISHED

    @property
    def total(self) -> int:
        return self.seeds

    @property
    def percent(self) -> int:
        return self.done * 100 // self.seeds


class WhatIfChunk(models.Model):
    """What some seeds came to, for each side: see ``planning/whatif/results.py``."""

    run = models.ForeignKey(WhatIfRun, models.CASCADE, related_name="chunks")
    first = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    results = models.JSONField()

    class Meta:
        ordering = ("first",)
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("run", "first"), name="whatif_chunk_once"),)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first}"
