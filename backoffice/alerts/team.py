"""Teams: who is told together, at which addresses, and when not."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import User
from alerts import rule_words
from alerts.models import AlertTeam, Delivery, Endpoint
from alerts.selectors import people_of
from backoffice.alerts.endpoint_form import MESSAGES, InlineEndpointForm
from backoffice.alerts.recipients_panel import ToldPanel
from backoffice.alerts.states import ACTIVE, SEE_ENDPOINTS, endpoint_state
from backoffice.kit.base import BaseInline
from backoffice.kit.choices import VisibleFilter
from backoffice.kit.conflicts import Histories
from backoffice.kit.links import object_link
from backoffice.kit.scope import ScopedAdmin

# So many names are told in the list.
MAX_NAMED = 3


class EndpointInline(BaseInline):
    """Shared addresses. What was sent to one is a record: it is switched off, and not taken away."""

    model = Endpoint
    form = InlineEndpointForm
    fields = ("transport", "address", "name", "is_active", "state")
    readonly_fields = ("state",)
    can_delete = False
    verbose_name = _("shared address")
    verbose_name_plural = _("shared addresses")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        endpoints: QuerySet[Endpoint] = super().get_queryset(request)
        return endpoints.filter(person=None).select_related("team__venue", "channel")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fields
        return ("transport", "shown", "name", "is_active", "state")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        may = self.has_change_permission(request, obj)
        return self.readonly_fields if may else ("shown", *self.readonly_fields)

    @display(description=_("address"))
    def shown(self, endpoint: Endpoint) -> str:
        return endpoint.shown_address

    @display(description=_("state"))
    def state(self, endpoint: Endpoint) -> Any:
        if not endpoint.pk:
            return "–"
        return format_html(
            "{} · {}",
            endpoint_state(endpoint)[1],
            object_link(endpoint, _t("Open")),
        )


class AlertTeamAdmin(ScopedAdmin):
    """The teams of the roles are made with the venue (``alerts.services.begin_venues``); those stay."""

    venue_path = "venue"
    related = ("venue",)
    list_display = ("name", "at_venue", "people", "addresses", "quiet")
    list_filter = (("venue", VisibleFilter),)
    search_fields = ("name", "venue__name")
    search_help_text = _("Team or venue")
    ordering = ("venue__name", "name", "pk")
    sortable_by = ()
    inlines = (EndpointInline,)
    panels = (ToldPanel,)
    autocomplete_fields = ("venue",)
    fieldsets = (
        (None, {"fields": ("venue", "name", "role", "has_everyone", "members", "language")}),
        (
            _("When"),
            {
                "fields": (("quiet_from", "quiet_until"), "time_zone", "digest_minutes"),
                "description": _("What is of high severity is sent at any hour."),
            },
        ),
    )
    help_texts: ClassVar[Any] = {
        "role": "",
        "has_everyone": _("All who have the role at the venue, now and later."),
        "members": _("Besides, each by e-mail. Of those who work for the venue."),
    }
    constraint_messages: ClassVar[Any] = {
        "alertteam_name_once": ("name", _("The venue has a team of this name already.")),
        "alertteam_quiet_from_and_until": (
            "quiet_until",
            _("Quiet hours have a beginning and another time as their end."),
        ),
        "alertteam_digest_within_a_day": ("digest_minutes", _("A day at the most.")),
        **MESSAGES,
    }

    def histories(self, obj: AlertTeam) -> Histories:
        return (*super().histories(obj), Endpoint.history.filter(team_id=obj.pk, person=None))

    # --- The form -------------------------------------------------------------------------

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("venue", "role") if obj else ("role",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = set()
        if obj is None or not obj.role:
            hidden.add("role")
        if obj is None or (obj.venue_id is not None and not obj.role):
            hidden.add("has_everyone")
        if obj is None:
            hidden.add("members")
        fieldsets = [
            (title, dict(options)) for title, options in super().get_fieldsets(request, obj)
        ]
        fieldsets[0][1]["fields"] = [
            name for name in fieldsets[0][1]["fields"] if name not in hidden
        ]
        if obj is None:
            fieldsets[0][1]["description"] = _t(
                "Its people and addresses are named once it is there."
            )
        return fieldsets

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "venue":
            kwargs["required"] = not request.user.is_superuser
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("quiet_from", "quiet_until"):
            field.widget.format = "%H:%M"
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        team = self.edited(request)
        condition = Q(is_superuser=True)
        if team is not None:
            # One who has left is not told, and not dropped unseen either.
            condition |= Q(venues=team.venue_id) if team.venue_id else Q()
            condition |= Q(pk__in=team.members.values("pk"))
        people = User.objects.filter(condition, is_staff=True, is_active=True)
        kwargs["queryset"] = people.distinct().order_by("name", "email")
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = _name_and_address
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Rules name the teams of the roles; and what was sent to one is a record.
        if obj is not None and (obj.role or Delivery.objects.filter(endpoint__team=obj).exists()):
            return False
        return bool(super().has_delete_permission(request, obj))

    # --- The list -------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertTeam]:
        shared = Endpoint.objects.filter(person=None).select_related("team__venue", "channel")
        teams: QuerySet[AlertTeam] = super().get_queryset(request)
        return teams.prefetch_related(Prefetch("endpoints", shared, to_attr="shared"))

    def load_page(self, request: HttpRequest, rows: Sequence[AlertTeam]) -> None:
        people = people_of(rows)
        for team in rows:
            team.told = people[team.pk]  # type: ignore[attr-defined]
            team.may_see = request.user.has_perm(SEE_ENDPOINTS)  # type: ignore[attr-defined]

    @display(description=_("venue"))
    def at_venue(self, team: AlertTeam) -> str:
        return str(team.venue or _t("All venues"))

    @display(description=_("people"))
    def people(self, team: Any) -> str:
        names = [str(person) for person in team.told]
        if not names:
            return _t("nobody")
        more = len(names) - MAX_NAMED
        text = ", ".join(names[:MAX_NAMED])
        if more <= 0:
            return text
        return ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more) % {
            "names": text,
            "more": more,
        }

    @display(description=_("shared addresses"))
    def addresses(self, team: Any) -> Any:
        if not team.shared:
            return "–"
        return format_html_join(
            "", "<div>{}</div>", ((_told_short(endpoint, team),) for endpoint in team.shared)
        )

    @display(description=_("quiet hours"))
    def quiet(self, team: AlertTeam) -> str:
        return rule_words.quiet_hours(team) or "–"


def _told_short(endpoint: Endpoint, team: Any) -> str:
    """``#box-office (Slack)``, and its state where that is a trouble."""
    by = endpoint.get_transport_display()
    name = endpoint.name or (endpoint.shown_address if team.may_see else "")
    text = f"{name} ({by})" if name else by
    state, label = endpoint_state(endpoint)
    return text if state == ACTIVE else f"{text}: {label.lower()}"


def _name_and_address(person: User) -> str:
    return f"{person.name} ({person.email})" if person.name else person.email
