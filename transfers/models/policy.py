from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from allocations.models import SalesChannel
from common.history import history
from events.models import Event, Venue

# A year: who wants an approval for every transfer says so with this.
LONGEST_HOURS = 366 * 24
LONGEST_WAIT_HOURS = 30 * 24


class TransferPolicy(models.Model):
    """Which transfers need an approval, whose, and for how long it is waited for.

    Each venue has one, made with the venue (``transfers.services.begin_policies``). An event may have its own, which then
    holds in place of the venue's. Read by ``transfers_policy_of()`` in the database.
    """

    venue = models.OneToOneField(
        Venue, models.CASCADE, null=True, editable=False, related_name="transfer_policy"
    )
    event = models.OneToOneField(
        Event, models.CASCADE, null=True, blank=True, related_name="transfer_policy"
    )
    approval_hours = models.PositiveIntegerField(
        _("approval, hours before the start"),
        default=48,
        db_default=48,
        validators=[MaxValueValidator(LONGEST_HOURS)],
        help_text=_("From so many hours before the event on, each transfer needs an approval."),
    )
    approval_above = models.PositiveIntegerField(
        _("approval above, units"),
        null=True,
        blank=True,
        help_text=_(
            "Counts what leaves a row within 24 hours, together. Empty: no number is too many."
        ),
    )
    four_eyes = models.BooleanField(
        _("four eyes"),
        default=True,
        db_default=True,
        help_text=_(
            "Whoever has asked, issued the key or wrote the rule that asks may not approve it."
        ),
    )
    lapse_hours = models.PositiveIntegerField(
        _("lapses after, hours"),
        default=24,
        db_default=24,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT_HOURS)],
        help_text=_("What nobody has decided by then lapses; at the latest when sales end."),
    )
    approvers = models.ManyToManyField(
        Group,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
        help_text=_("Roles of which one is needed. None chosen: whoever may approve transfers."),
    )
    always = models.ManyToManyField(
        SalesChannel,
        blank=True,
        related_name="+",
        verbose_name=_("always need approval"),
        help_text=_("Nothing moves to or from these channels without an approval."),
    )
    protected = models.ManyToManyField(
        SalesChannel,
        blank=True,
        related_name="+",
        verbose_name=_("protected"),
        help_text=_("Channels from which nobody takes anything; they may offer some themselves."),
    )

    history = history(relations=("approvers", "always", "protected"))

    class Meta:
        verbose_name = _("transfer policy")
        verbose_name_plural = _("transfer policies")
        ordering = ("venue", "event")
        constraints = (
            models.CheckConstraint(
                condition=Q(venue__isnull=False, event=None) | Q(venue=None, event__isnull=False),
                name="transferpolicy_of_venue_or_event",
            ),
            models.CheckConstraint(
                condition=Q(lapse_hours__range=(1, LONGEST_WAIT_HOURS))
                & Q(approval_hours__range=(0, LONGEST_HOURS)),
                name="transferpolicy_hours_in_range",
            ),
        )

    def __str__(self) -> str:
        return str(self.event or self.venue)
