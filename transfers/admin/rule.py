"""Rules that ask for transfers by themselves: of a venue, or of one event."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Max
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.scope import ScopedAdmin, local_time
from allocations.models import SalesChannel
from common.admin_choices import VisibleFilter, VisibleSearchFilter
from common.panels import Panel
from events.models import Event, Venue
from transfers import words
from transfers.admin.lists import route, units_told, when
from transfers.models import Transfer, TransferRule
from transfers.selectors import RELATED, SEE

LATEST = 20
ON, TRIAL, OFF = "on", "trial", "off"


def rule_state(rule: TransferRule) -> tuple[str, str]:
    """Whether it asks, only writes down what it would, or rests."""
    if not rule.is_active:
        return OFF, _t("Off")
    if rule.is_trial:
        return TRIAL, _t("On trial")
    return ON, _t("Active")


class RuleTransfersPanel(Panel):
    """What it has asked for lately, and on trial would have."""

    tab = False
    slug = "latest"
    title = _("What it has asked for")
    template = "admin/transfers/rule_transfers.html"
    permission = SEE

    def context(self) -> dict[str, Any]:
        rule: TransferRule = self.subject
        newest = Transfer.objects.filter(rule=rule).select_related(*RELATED).order_by("-pk")
        return {
            "told": words.rule_told(rule, rule.event),
            "rows": [
                {
                    "transfer": one,
                    "route": route(one),
                    "units": units_told(one),
                    "at": when(one, "requested_at"),
                }
                for one in newest[:LATEST]
            ],
        }


@admin.register(TransferRule)
class TransferRuleAdmin(ScopedAdmin):
    """The venue comes first: which channels and events can be named follows from it."""

    venue_path = "venue"
    related = ("venue", "event__venue")
    list_display = ("name", "whose", "condition", "amount_told", "state", "last_fired")
    list_filter = (
        ("venue", VisibleFilter),
        ("event", VisibleSearchFilter),
        "is_active",
        "is_trial",
    )
    search_fields = ("name", "venue__name", "event__name")
    search_help_text = _("Name, venue or event")
    ordering = ("venue__name", "name", "pk")
    sortable_by = ()
    panels = (RuleTransfersPanel,)
    autocomplete_fields = ("event",)
    conditional_fields: ClassVar[dict[str, str]] = {"value": "amount != 'EQUALIZE'"}
    fieldsets = (
        (None, {"fields": ("venue", "event", "name", ("is_active", "is_trial"))}),
        (
            _("From whom, to whom"),
            {
                "fields": (("source_below", "target_at_least"), "sources", "targets"),
                "description": _(
                    "It asks for units of a channel that has sold little, for one that is about "
                    "to sell out, both in percent of their own parts."
                ),
            },
        ),
        (
            _("How much"),
            {
                "fields": (("amount", "value"), "keeps", ("most_per_run", "most_per_day")),
                "description": _("What is not free is never moved."),
            },
        ),
        (
            _("When"),
            {
                "fields": (("starts_hours", "stops_hours"), ("cooldown_minutes", "hysteresis")),
                "description": _(
                    "The pause and the extra for the way back keep units from swinging to and fro. "
                    "Whether what it asks for waits for an approval, the policy says."
                ),
            },
        ),
    )
    constraint_messages: ClassVar[Any] = {
        "transferrule_name_once": ("name", _("There is a rule of this name already.")),
        "transferrule_percents": (None, _("Percentages and points lie between 0 and 100.")),
        "transferrule_source_below_target": (
            "target_at_least",
            _(
                "The target has sold a larger share than the source, or units would go back at once."
            ),
        ),
        "transferrule_amount_has_its_value": (
            "value",
            _("Say how many units, or which percentage up to 100; leave it empty to equalize."),
        ),
        "transferrule_window_in_order": (
            "stops_hours",
            _("It stops later than it starts: fewer hours before the start."),
        ),
        "transferrule_within_venue": ("event", _("The event belongs to another venue.")),
    }

    # --- The venue of the page ------------------------------------------------------------

    def venue_of(self, request: HttpRequest, obj: TransferRule | None = None) -> Venue | None:
        """Raises ``Http404`` for one that the person may not see."""
        if obj is not None:
            return obj.venue
        event = self.event_of(request)
        if event is not None:
            return event.venue
        venues = self.admin_site.get_model_admin(Venue)
        named = request.POST.get("venue") or request.GET.get("venue")
        if named:
            found = venues.get_object(request, named)
            if found is None:
                raise Http404
            return found
        several = list(venues.get_queryset(request)[:2])
        return several[0] if len(several) == 1 else None

    def event_of(self, request: HttpRequest) -> Event | None:
        """For which a rule is made, where the address names one."""
        named = request.GET.get("event")
        if not named:
            return None
        found = self.admin_site.get_model_admin(Event).get_object(request, named)
        if found is None:
            raise Http404
        return found

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)  # which says 403
        venue = self.venue_of(request)
        if venue is None:
            return self._ask_venue(request)
        with timezone.override(venue.zone):
            return super().add_view(request, form_url, extra_context)

    def _ask_venue(self, request: HttpRequest) -> HttpResponseBase:
        form = AutocompleteDropdownForm(
            request=request,
            name="venue",
            label=_("Venue"),
            choices=(),
            field=self.model._meta.get_field("venue"),
            model_admin=self,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add %s") % self.opts.verbose_name,
            "opts": self.opts,
            "question": _("Which venue is it for?"),
            "form": form,
            "media": form.media,
        }
        return render(request, "admin/choose_event.html", context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("venue", "event") if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        found = dict(super().get_changeform_initial_data(request))
        if venue := self.venue_of(request):
            found["venue"] = venue.pk
        return found

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        if obj is None and (venue := self.venue_of(request)):
            found[0][1]["description"] = _("For %s.") % venue
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        venue = self.venue_of(request)
        if db_field.name == "venue" and venue:
            kwargs["queryset"] = Venue.objects.filter(pk=venue.pk)
            kwargs["widget"] = HiddenInput()
        if db_field.name == "event" and venue:
            events = self.admin_site.get_model_admin(Event).get_queryset(request)
            kwargs["queryset"] = events.filter(venue=venue)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        number = match.kwargs.get("object_id") if match else None
        rule = self.get_object(request, str(number)) if number is not None else None
        channels = SalesChannel.objects.filter(venue=self.venue_of(request, rule))
        kwargs["queryset"] = channels.order_by("kind", "name")
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: TransferRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and not form.changed_columns() and form.changed_data:
            # Its channels alone are another: that, too, is another version of the rule.
            TransferRule.objects.filter(pk=obj.pk).update(name=obj.name)

    # --- Columns --------------------------------------------------------------------------

    def load_page(self, request: HttpRequest, rows: Sequence[TransferRule]) -> None:
        del request
        asked = Transfer.objects.filter(rule__in=rows).order_by().values_list("rule")
        found = dict(asked.annotate(last=Max("requested_at")))
        for rule in rows:
            rule.last = found.get(rule.pk)  # type: ignore[attr-defined]

    @display(description=_("for"))
    def whose(self, rule: TransferRule) -> str:
        return str(rule.event or _t("All events of %s") % rule.venue)

    @display(description=_("condition"))
    def condition(self, rule: TransferRule) -> str:
        return words.condition(rule)

    @display(description=_("how much"))
    def amount_told(self, rule: TransferRule) -> str:
        return words.amount(rule)

    @display(description=_("state"), label={ON: "success", TRIAL: "info", OFF: ""})
    def state(self, rule: TransferRule) -> tuple[str, str]:
        return rule_state(rule)

    @display(description=_("last fired"))
    def last_fired(self, rule: Any) -> str:
        return local_time(rule.last, rule.venue.zone)
