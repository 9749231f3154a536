"""Rules of alerts: of a venue, of one event, or of all venues, which only superusers see."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.scope import ScopedAdmin, person_zone
from alerts import rule_words, rules
from alerts.admin.rule_actions import RuleActions, bulk_actions
from alerts.admin.rule_form import KINDS, RuleForm, conditions, threshold_help
from alerts.admin.shown import RULE_STATES, SEVERITIES, StateFilter, rule_state, team_and_venue
from alerts.enums import OF_STOCK, Kind, Pace, Per, Severity, Unit
from alerts.models import AlertRule, AlertTeam
from alerts.velocity import PROBABILITY
from allocations.models import SalesChannel
from common.admin_choices import VisibleFilter, VisibleSearchFilter
from common.dialogs import actor_of, change_url
from events.models import Event, Pool, Venue

# In an address: a rule for all venues, and the rule that an event's own begins as.
ALL, LIKE = "all", "rule"
# What a new rule begins as; its kind keeps what it has of this.
FIRST = {
    "per": Per.CHANNEL,
    "unit": Unit.PERCENT,
    "pace": Pace.BOTH,
    "window_minutes": 60,
    "probability": PROBABILITY,
}
COPIED = (
    *("name", "kind", "is_active", "severity", "per", "unit", "threshold", "other_threshold"),
    *("window_minutes", "pace", "probability", "pool", "channel", "hysteresis"),
    *("cooldown_minutes", "tells_channel_team", "tells_partner", "escalate_minutes", "advice"),
)


@admin.register(AlertRule)
class AlertRuleAdmin(RuleActions, ScopedAdmin):
    """The venue comes first: which channels and teams can be named follows from it. So does the kind
    for what the rule has besides; neither is changed later.
    """

    venue_path = "venue"
    related = ("venue", "event__venue", "pool", "channel")
    form = RuleForm
    list_display = ("title", "where", "condition", "severity_label", "tells", "state")
    list_filter = (
        ("venue", VisibleFilter),
        ("event", VisibleSearchFilter),
        ("kind", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        StateFilter,
    )
    search_fields = ("name", "venue__name", "event__name", "channel__name")
    search_help_text = _("Name, venue, event or channel")
    ordering = ("venue__name", "event__starts_at", "kind", "name", "pk")
    sortable_by = ()
    actions = bulk_actions
    change_form_outer_before_template = "admin/alerts/rule_state.html"
    conditional_fields: ClassVar[dict[str, str]] = conditions()
    fieldsets = (
        (None, {"fields": ("venue", "event", "kind", "name", ("severity", "is_active"))}),
        (
            _("When"),
            {
                "fields": (
                    *(("per", "unit"), ("pace", "window_minutes"), "threshold", "other_threshold"),
                    *("probability", "pool", "channel", "hysteresis", "cooldown_minutes"),
                )
            },
        ),
        (
            _("Who is told"),
            {
                "fields": (
                    *("teams", ("tells_channel_team", "tells_partner")),
                    *("escalate_minutes", "escalate_to", "advice"),
                )
            },
        ),
    )
    help_texts: ClassVar[Any] = {
        **dict.fromkeys(("venue", "event", "kind"), ""),
        "other_threshold": _("Percent. The slow channel has sold so much of its own, or less."),
        "window_minutes": _(
            "What was sold in so many minutes is compared with what is usual then."
        ),
        "probability": _(
            "How seldom chance alone may do it: 0.00001 is 1 in 100,000. Smaller: fewer alerts."
        ),
        "severity": _("Low is gathered in a digest; high is sent in quiet hours too."),
    }
    constraint_messages: ClassVar[Any] = {
        "alertrule_name_once": ("name", _("There is a rule of this name already.")),
        "alertrule_low_stock_of_what": ("per", _("Say of what it is counted, and in what.")),
        "alertrule_percent_within_100": ("threshold", _("Percent lie between 0 and 100.")),
        "alertrule_gap_between_two": (
            "threshold",
            _("The fast channel has sold more than the slow one, and at most 100 percent."),
        ),
        "alertrule_velocity_has_its_window": (
            "window_minutes",
            _("Say in how many minutes, which pace, and below which probability up to 0.001."),
        ),
        "alertrule_event_where_stock_is_watched": (
            "kind",
            _("An event has rules of its own for what its stock does."),
        ),
        "alertrule_within_venue": (None, _("Event, pool and channel belong to the rule's venue.")),
        "alertrule_teams_within_venue": ("teams", _("A rule tells teams of its own venue.")),
    }

    # --- Whose rule the page is about -----------------------------------------------------

    def venue_of(self, request: HttpRequest, obj: AlertRule | None = None) -> Venue | None:
        """Raises ``Http404`` for one that the person may not see."""
        if obj is not None:
            return obj.venue
        event = self.event_of(request)
        if event is not None:
            return event.venue
        if ALL in request.GET:
            return None
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

    def model_of(self, request: HttpRequest) -> AlertRule | None:
        """The rule that an event's own begins as: the one asked for, of those that it follows now."""
        event = self.event_of(request)
        if event is None:
            return None
        kind, number = request.GET.get("kind"), request.GET.get(LIKE)
        found = [one for one in rules.speaking_for(event) if one.kind == kind and kind in OF_STOCK]
        return next((one for one in found if str(one.pk) == number), found[0] if found else None)

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        return obj.venue.zone if obj is not None and obj.venue else person_zone(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)  # which says 403
        if ALL in request.GET and not request.user.is_superuser:
            raise PermissionDenied
        venue = self.venue_of(request)
        if venue is None and ALL not in request.GET:
            return self._ask_venue(request)
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
            "other": (f"?{ALL}=1", _("All venues without their own"))
            if request.user.is_superuser
            else None,
            "form": form,
            "media": form.media,
        }
        return render(request, "admin/choose_event.html", context)

    # --- The form -------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        return super().get_queryset(request).prefetch_related("teams", "escalate_to")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("venue", "event", "kind") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only what the rule's kind and place have, where they are known."""
        event = obj.event if obj else self.event_of(request)
        venue = self.venue_of(request, obj)
        gone = {
            *(() if event else ("event", "pool")),
            *(() if venue else ("venue", "channel", "tells_channel_team", "tells_partner")),
        }
        if obj is not None:
            gone |= {field for field, kinds in KINDS.items() if obj.kind not in kinds}
        found = [
            (title, {**options, "fields": _without(options["fields"], gone)})
            for title, options in super().get_fieldsets(request, obj)
        ]
        if obj is None:
            first = found[0][1]
            first["description"] = _said_for(event, venue)
            if event is not None:
                first["fields"] = (*first["fields"], "keeps_others")
        return found

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:
        texts = {**self.help_texts, "threshold": threshold_help(obj.kind if obj else None)}
        kwargs.setdefault("help_texts", texts)
        form = super().get_form(request, obj, change=change, **kwargs)
        form.for_event = obj is None and self.event_of(request) is not None
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        found = {**FIRST, **super().get_changeform_initial_data(request)}
        if venue := self.venue_of(request):
            found["venue"] = venue.pk
        if event := self.event_of(request):
            found["event"] = event.pk
        if model := self.model_of(request):
            found |= {name: getattr(model, name) for name in COPIED}
            for name in ("teams", "escalate_to"):
                found[name] = [team.pk for team in getattr(model, name).all()]
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        rule = self._edited(request)
        event = rule.event if rule else self.event_of(request)
        venue = self.venue_of(request, rule)
        if db_field.name in ("venue", "event"):
            chosen = venue if db_field.name == "venue" else event
            rows = Venue.objects if db_field.name == "venue" else Event.objects
            kwargs |= {
                "queryset": rows.filter(pk__in=[chosen.pk] if chosen else []),
                "widget": HiddenInput(),
                "required": True,  # left away, it would be a rule for others too
            }
        elif db_field.name == "pool":
            kwargs["queryset"] = Pool.objects.filter(event=event).order_by("position", "pk")
        else:
            channels = SalesChannel.objects.filter(venue=venue)
            kwargs["queryset"] = channels.order_by("kind", "name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        teams = AlertTeam.objects.filter(
            Q(venue=self.venue_of(request, self._edited(request))) | Q(venue=None)
        )
        kwargs["queryset"] = teams.select_related("venue").order_by("venue_id", "name")
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = lambda team: str(team) if team.venue else team_and_venue(team)
        return field

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            kwargs["choices"] = self._kinds(request)
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def _kinds(self, request: HttpRequest) -> list[tuple[str, Any]]:
        if model := self.model_of(request):
            return [(model.kind, Kind(model.kind).label)]
        if self.event_of(request) is not None:
            kinds: Sequence[Kind] = OF_STOCK
        elif ALL in request.GET:
            kinds = list(Kind)
        else:  # what is of no venue is watched once for all
            kinds = [kind for kind in Kind if kind != Kind.LEDGER_DIFFERENCE]
        return [("", _("Select value")), *((kind.value, kind.label) for kind in kinds)]

    def _edited(self, request: HttpRequest) -> AlertRule | None:
        match = request.resolver_match
        number = match.kwargs.get("object_id") if match else None
        return self.get_object(request, str(number)) if number is not None else None

    def save_model(self, request: HttpRequest, obj: AlertRule, form: Any, change: bool) -> None:
        kept: list[AlertRule] = []
        if not change and form.cleaned_data.get("keeps_others"):
            model = self.model_of(request)
            kept = [one for one in rules.silenced_by(obj) if model is None or one.pk != model.pk]
        super().save_model(request, obj, form, change)
        if obj.event is not None:
            reason = _t("Kept beside “%s”") % obj
            rules.copy_for(obj.event, kept, by=actor_of(request), reason=reason)

    def _to_event(self, request: HttpRequest, obj: AlertRule) -> HttpResponseBase:
        if obj.event is None:
            return redirect(change_url(obj))
        return redirect(f"{change_url(obj.event)}#dataset-alerts")

    response_post_save_add = response_post_save_change = _to_event

    # --- Shown ----------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        rule: AlertRule | None = context.get("original")
        if rule is not None:
            context["sentences"] = rule_words.rule_told(rule)
            state, context["state"] = rule_state(rule, timezone.now())
            context["state_tag"] = RULE_STATES[state] or "default"
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description=_("rule"))
    def title(self, rule: AlertRule) -> Any:
        return format_html(
            '<span>{}<br><span class="finlo-quiet">{}</span></span>',
            rule.name,
            rule.get_kind_display(),
        )

    @display(description=_("for"))
    def where(self, rule: AlertRule) -> str:
        return rule_words.scope(rule)

    @display(description=_("begins"))
    def condition(self, rule: AlertRule) -> str:
        return rule_words.threshold(rule)

    @display(description=_("severity"), label=SEVERITIES)
    def severity_label(self, rule: AlertRule) -> tuple[str, Any]:
        return rule.severity, Severity(rule.severity).label

    @display(description=_("tells"))
    def tells(self, rule: AlertRule) -> str:
        return ", ".join(rule_words.audience(rule)) or _t("nobody")

    @display(description=_("state"), label=RULE_STATES)
    def state(self, rule: AlertRule) -> tuple[str, str]:
        return rule_state(rule, timezone.now())


def _without(fields: Any, gone: set[str]) -> tuple[Any, ...]:
    """The lines of a fieldset, without some of their fields."""
    found = []
    for line in fields:
        if isinstance(line, str):
            found.append(line if line not in gone else ())
        else:
            found.append(tuple(name for name in line if name not in gone))
    return tuple(line for line in found if line)


def _said_for(event: Event | None, venue: Venue | None) -> str:
    if event is not None:
        return _t("For %s alone.") % event
    if venue is not None:
        return _t(
            "For all events of %s. One event's own rule is made on the event's page, under Alerts."
        ) % (venue)
    return _t("For all venues that have no rule of their own of this kind.")
