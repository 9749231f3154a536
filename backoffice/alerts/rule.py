"""Rules of alerts: of a venue, of one event, or of all venues, which only superusers see."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from alerts import rule_words, rules
from alerts.enums import Kind, Severity
from alerts.kinds import KINDS, OF_STOCK
from alerts.models import AlertRule, AlertTeam
from allocations.models import SalesChannel
from backoffice.alerts.rule_actions import RuleActions, bulk_actions
from backoffice.alerts.rule_form import (
    HELP,
    KINDS_WITH,
    MESSAGES,
    RuleForm,
    conditions,
    threshold_help,
)
from backoffice.alerts.states import (
    RULE_STATES,
    SEVERITIES,
    StateFilter,
    rule_state,
    team_and_venue,
)
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.dialogs import actor_of
from backoffice.kit.venue_owned import VenueOwnedAdmin, fixed
from common.addresses import change_url
from events.models import Event, Pool, Venue

# In an address: a rule for all venues, and the rule that an event's own begins as.
ALL, LIKE = "all", "rule"
# What a new rule begins as; its kind keeps what it has of this.
FIRST = {field: value for entry in KINDS.values() for field, value in entry.initial.items()}


class AlertRuleAdmin(RuleActions, VenueOwnedAdmin):
    """The venue comes first: which channels and teams can be named follows from it. So does the kind
    for what the rule has besides; neither is changed later.
    """

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
    shown_when: ClassVar[dict[str, str]] = conditions()
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
    help_texts: ClassVar[Any] = HELP
    constraint_messages: ClassVar[Any] = MESSAGES

    # --- Whose rule the page is about -----------------------------------------------------

    def is_for_all(self, request: HttpRequest) -> bool:
        if ALL in request.GET and not request.user.is_superuser:
            raise PermissionDenied
        return ALL in request.GET

    def all_venues(self, request: HttpRequest) -> Any:
        if not request.user.is_superuser:
            return None
        return f"?{ALL}=1", _("All venues without their own")

    def model_of(self, request: HttpRequest) -> AlertRule | None:
        """The rule that an event's own begins as: the one asked for, of those that it follows now."""
        event, kind = self.event_of(request), request.GET.get("kind")
        if event is None or kind not in OF_STOCK:
            return None
        candidates, number = rules.speaking_for(event, (kind,)), request.GET.get(LIKE)
        return next(
            (rule for rule in candidates if str(rule.pk) == number),
            candidates[0] if candidates else None,
        )

    # --- The form -------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        return super().get_queryset(request).prefetch_related("teams", "escalate_to")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "kind") if obj else fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only what the rule's kind and place have, where they are known."""
        event = obj.event if obj else self.event_of(request)
        venue = self.venue_of(request, obj)
        hidden = {
            *(() if event else ("event", "pool")),
            *(() if venue else ("venue", "channel", "tells_channel_team", "tells_partner")),
        }
        if obj is not None:
            hidden |= {field for field, kinds in KINDS_WITH.items() if obj.kind not in kinds}
        fieldsets = [
            (title, {**options, "fields": _without(options["fields"], hidden)})
            for title, options in super().get_fieldsets(request, obj)
        ]
        if obj is None:
            first = fieldsets[0][1]
            first["description"] = _said_for(event, venue)
            if event is not None:
                first["fields"] = (*first["fields"], "keeps_others")
        return fieldsets

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
        initial = {**FIRST, **super().get_changeform_initial_data(request)}
        if event := self.event_of(request):
            initial["event"] = event.pk
        if model := self.model_of(request):
            initial |= {field.name: getattr(model, field.name) for field in rules.COPIED}
            for name in ("teams", "escalate_to"):
                initial[name] = [team.pk for team in getattr(model, name).all()]
        return initial

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        rule = self.edited(request)
        event = rule.event if rule else self.event_of(request)
        if db_field.name == "event":
            kwargs |= fixed(Event, event)
        elif db_field.name == "pool":
            kwargs["queryset"] = Pool.objects.filter(event=event).order_by("position", "pk")
        elif db_field.name == "channel":
            channels = SalesChannel.objects.filter(venue=self.venue_of(request, rule))
            kwargs["queryset"] = channels.order_by("kind", "name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        teams = AlertTeam.objects.filter(
            Q(venue=self.venue_of(request, self.edited(request))) | Q(venue=None)
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
        elif self.is_for_all(request):
            kinds = list(KINDS)
        else:  # what is of no venue is watched once for all
            kinds = [kind for kind, entry in KINDS.items() if not entry.is_of_the_system]
        return [("", _("Select value")), *((kind.value, kind.label) for kind in kinds)]

    def save_model(self, request: HttpRequest, obj: AlertRule, form: Any, change: bool) -> None:
        originals: list[AlertRule] = []
        if not change and form.cleaned_data.get("keeps_others"):
            model = self.model_of(request)
            originals = [
                rule for rule in rules.silenced_by(obj) if model is None or rule.pk != model.pk
            ]
        super().save_model(request, obj, form, change)
        if obj.event is not None:
            reason = _t("Kept beside “%s”") % obj
            rules.copy_for(obj.event, originals, by=actor_of(request), reason=reason)

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


def _without(fields: Any, hidden: set[str]) -> tuple[Any, ...]:
    """The lines of a fieldset, without some of their fields."""
    lines = []
    for line in fields:
        if isinstance(line, str):
            lines.append(line if line not in hidden else ())
        else:
            lines.append(tuple(name for name in line if name not in hidden))
    return tuple(line for line in lines if line)


def _said_for(event: Event | None, venue: Venue | None) -> str:
    if event is not None:
        return _t("For %s alone.") % event
    if venue is not None:
        return _t(
            "For all events of %s. One event's own rule is made on the event's page, under Alerts."
        ) % (venue)
    return _t("For all venues that have no rule of their own of this kind.")
