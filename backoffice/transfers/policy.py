"""Policies: each venue has one, and an event may have its own."""

from typing import Any, ClassVar, cast

from django.contrib.auth.models import Group
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.selectors import within_any_venue
from allocations.models import SalesChannel
from allocations.plans.text import phrases
from allocations.services import lock_event
from backoffice.kit.choices import VisibleFilter
from backoffice.kit.event_owned import EventOwnedAdmin
from backoffice.kit.panels import Panel
from common.addresses import change_url
from events.models import Venue
from transfers import words
from transfers.models import TransferPolicy

SEE_POLICY = "transfers.view_transferpolicy"


def venue_of(policy: TransferPolicy) -> Venue:
    """Of its own, or of its event."""
    of_event = policy.event.venue if policy.event is not None else None
    return cast("Venue", of_event or policy.venue)


class PolicyWordsPanel(Panel):
    tab = False
    slug = "words"
    title = _("In words")
    template = "admin/transfers/words.html"
    permission = SEE_POLICY

    def context(self) -> dict[str, Any]:
        policy: TransferPolicy = self.subject
        roles = words.listed(policy.approvers.all())
        decides = (
            _t("Decided by: %s.") % roles
            if roles
            else _t("Decided by whoever may approve transfers.")
        )
        return {
            "sentences": [
                *words.approval(policy, policy.event),
                words.protection(policy),
                decides,
                words.eyes(policy),
                words.waiting(policy, policy.event),
            ]
        }


class TransferPolicyAdmin(EventOwnedAdmin):
    """A venue's policy is made with the venue (``begin_policies``); only an event's is made and deleted here."""

    venue_path = "venue"
    related = ("venue", "event__venue")
    event_tab = "transfers"
    list_display = ("whose", "at_venue", "near", "above", "eyes_label", "lapses")
    list_filter = (("venue", VisibleFilter),)
    search_fields = ("venue__name", "event__name")
    search_help_text = _("Venue or event")
    ordering = ("venue__name", "event__starts_at", "pk")
    sortable_by = ()
    panels = (PolicyWordsPanel,)
    fieldsets = (
        (None, {"fields": ("event",)}),
        (
            _("When an approval is needed"),
            {
                "fields": ("approval_hours", "approval_above", "always"),
                "description": _(
                    "A transfer for which none of this holds is carried out at once. What a "
                    "partner asks to be given always waits."
                ),
            },
        ),
        (
            _("What nobody takes"),
            {
                "fields": ("protected",),
                "description": _("No person and no rule moves units away from these."),
            },
        ),
        (
            _("Who decides"),
            {
                "fields": ("approvers", "four_eyes", "lapse_hours"),
                "description": _("Of those who work for the venue, and of no other."),
            },
        ),
    )
    constraint_messages: ClassVar[Any] = {
        "transferpolicy_of_venue_or_event": (None, _("A policy belongs to one event.")),
        "transferpolicy_hours_in_range": (
            "lapse_hours",
            _("A request waits between 1 and 720 hours; an approval is needed for a year at most."),
        ),
        "transfers_transferpolicy_event_id_key": (
            None,
            _("The event has a policy of its own already."),
        ),
    }

    def scope(self, request: HttpRequest) -> Q:
        return within_any_venue(request.user, "venue", "event__venue")

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        if obj is not None and obj.pk:
            return venue_of(obj).zone
        return super().zone_of(request, None)

    def lock(self, obj: Any) -> None:
        if obj.event_id is not None:
            lock_event(obj.event_id)
        super(EventOwnedAdmin, self).lock(obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A venue's policy names no event."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.event_id is not None:
            return fieldsets
        text = _("It holds for all events of %s that have no policy of their own.") % obj.venue
        when = dict(fieldsets[1][1])
        when["description"] = f"{text} {when['description']}"
        return [(fieldsets[1][0], when), *fieldsets[2:]]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        policy, event = self._edited(request)
        if db_field.name == "approvers":
            may = Q(permissions__codename="approve_transfer")
            if policy is not None:
                may |= Q(pk__in=policy.approvers.values("pk"))
            kwargs["queryset"] = Group.objects.filter(may).distinct().order_by("name")
        else:
            venue = venue_of(policy).pk if policy else event.venue_id if event else None
            channels = SalesChannel.objects.filter(venue=venue)
            kwargs["queryset"] = channels.order_by("kind", "name")
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _edited(self, request: HttpRequest) -> tuple[TransferPolicy | None, Any]:
        """The policy of the page, or the event for which one is made."""
        policy = self.edited(request)
        return policy, self.event_of(request) if policy is None else None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """An event's own policy begins as the one that holds for it now."""
        initial = dict(super().get_changeform_initial_data(request))
        event = self.event_of(request)
        if event is None:
            return initial
        of_venue = TransferPolicy.objects.get(venue=event.venue_id)
        for name in ("approval_hours", "approval_above", "four_eyes", "lapse_hours"):
            initial[name] = getattr(of_venue, name)
        for name in ("approvers", "always", "protected"):
            initial[name] = list(getattr(of_venue, name).values_list("pk", flat=True))
        return initial

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Without its own an event has its venue's again; a venue always has one.
        of_venue = obj is not None and obj.event_id is None
        return not of_venue and super().has_delete_permission(request, obj)

    def _to_event(self, request: HttpRequest, obj: Any) -> HttpResponseBase:
        if obj.event is None:
            return redirect(change_url(obj))
        return super()._to_event(request, obj)

    response_post_save_add = response_post_save_change = _to_event

    # --- Columns --------------------------------------------------------------------------

    @display(description=_("holds for"))
    def whose(self, policy: TransferPolicy) -> str:
        return str(policy.event) if policy.event else _t("All events without their own")

    @display(description=_("venue"))
    def at_venue(self, policy: TransferPolicy) -> str:
        return str(venue_of(policy))

    @display(description=_("approval from, before the start"))
    def near(self, policy: TransferPolicy) -> str:
        return phrases.hours(policy.approval_hours)

    @display(description=_("above"))
    def above(self, policy: TransferPolicy) -> str:
        if policy.approval_above is None:
            return "–"
        return phrases.units(policy.approval_above)

    @display(description=_("four eyes"), boolean=True)
    def eyes_label(self, policy: TransferPolicy) -> bool:
        return policy.four_eyes

    @display(description=_("lapses after"))
    def lapses(self, policy: TransferPolicy) -> str:
        return phrases.hours(policy.lapse_hours)
