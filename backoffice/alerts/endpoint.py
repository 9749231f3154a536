"""Addresses of teams and of channels' partners."""

from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from alerts.dlt import registered
from alerts.models import Endpoint
from alerts.models.team import DLT
from alerts.transports import TRANSPORTS, transport_of, transports_that
from allocations.models import SalesChannel
from backoffice.alerts.endpoint_actions import EndpointActions
from backoffice.alerts.endpoint_form import MESSAGES, EndpointForm
from backoffice.alerts.states import (
    STATES,
    EndpointStateFilter,
    TeamFilter,
    endpoint_state,
    of_venues,
    owner,
    state_why,
    team_and_venue,
    zone_of,
)
from backoffice.kit.choices import VisibleSearchFilter, visible
from backoffice.kit.scope import ScopedAdmin, person_zone
from backoffice.kit.venue_owned import fixed
from common.addresses import change_url
from common.text import local_time


class EndpointAdmin(EndpointActions, ScopedAdmin):
    """A member's own address follows the membership: it is shown and tested here, and not edited."""

    related = ("team__venue", "channel__venue", "person")
    unsearchable = ("address", "secret")
    form = EndpointForm
    list_display = ("title", "whose", "transport", "state", "why", "sent")
    list_filter = (
        EndpointStateFilter,
        ("transport", ChoicesDropdownFilter),
        ("team", TeamFilter),
        ("channel", VisibleSearchFilter),
    )
    search_fields = ("name", "team__name", "channel__name", "person__name")
    search_help_text = _("Name, team, channel or person")
    ordering = ("team__venue__name", "team__name", "channel__name", "transport", "pk")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("team", "channel", "transport", "address", "name", "is_active")}),
    )
    readonly_fields = ("shown", "registered")
    change_form_outer_before_template = "admin/alerts/endpoint_state.html"
    help_texts: ClassVar[Any] = {
        "address": format_lazy(
            ". ".join("{}: {}" for _entry in TRANSPORTS),
            *(
                text
                for name, entry in TRANSPORTS.items()
                for text in (name.label, entry.address_help)
            ),
        ),
        "is_active": _("Off: nothing is sent to it."),
    }
    constraint_messages: ClassVar[Any] = MESSAGES

    def scope(self, request: HttpRequest) -> Q:
        return of_venues(request)

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        return zone_of(obj) if obj is not None else person_zone(request)

    def history_value(self, record: Any, field: Any, value: Any) -> Any:
        if field.name == "address" and value:
            return Endpoint(transport=record.transport, address=value).shown_address
        return value

    def channel_of(self, request: HttpRequest) -> SalesChannel | None:
        """Whose partner's address is made, where the address names one. Raises ``Http404``."""
        number = request.GET.get("channel")
        return self.named(request, SalesChannel, number) if number else None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            hidden = "team" if obj.channel_id else "channel"
        else:
            hidden = "team" if self.channel_of(request) else "channel"
        may = obj is None or self.has_change_permission(request, obj)
        fields = [
            name if may or name != "address" else "shown"
            for name in self.fieldsets[0][1]["fields"]
            if name != hidden
        ]
        first: dict[str, Any] = {"fields": fields}
        template = (
            _t("Registered template (India)"),
            {"fields": (*DLT, "registered"), "classes": ("collapse",)},
        )
        if obj is None:
            channel = self.channel_of(request)
            if channel is not None:
                first["description"] = _t("Of the partner of %s.") % channel
            return [(None, first)]
        if obj.person is not None:
            first["description"] = _t(
                "The address of %s, who is told as one of the team; it follows the team's people."
            ) % (obj.person)
        fieldsets = super().get_fieldsets(request, obj)
        has_template = transport_of(obj.transport).has_template and obj.person is None
        return [(None, first), *([template] if has_template else []), *fieldsets[1:]]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        endpoint: Endpoint | None = context.get("original")
        if endpoint is not None:
            state, context["state"] = endpoint_state(endpoint)
            context |= {
                "state_tag": STATES[state] or "default",
                "state_why": state_why(endpoint),
                "last_sent": self.sent(endpoint) if endpoint.last_sent_at else "",
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "team", "channel") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = dict(super().get_changeform_initial_data(request))
        if channel := self.channel_of(request):
            initial["channel"] = channel.pk
        return initial

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["required"] = True
        if db_field.name == "channel":
            kwargs |= fixed(SalesChannel, self.channel_of(request))
        else:
            kwargs["queryset"] = visible(self.admin_site, db_field, request)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "team":
            field.label_from_instance = team_and_venue
        return field

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "transport" and self.channel_of(request) is not None:
            kwargs["choices"] = [
                ("", _("Select value")),
                *((t.value, t.label) for t in transports_that("is_for_partners")),
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_persons = obj is not None and obj.person_id is not None
        return not is_persons and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What was sent to it is a record: it is switched off instead.
        if obj is not None and (obj.person_id is not None or obj.deliveries.exists()):
            return False
        return bool(super().has_delete_permission(request, obj))

    def _to_owner(self, request: HttpRequest, obj: Endpoint) -> HttpResponseBase:
        del request
        tab = "#dataset-partner" if obj.channel_id else ""
        return redirect(f"{change_url(owner(obj))}{tab}")

    response_post_save_add = response_post_save_change = _to_owner

    # --- Shown ----------------------------------------------------------------------------

    @display(description=_("endpoint"))
    def title(self, endpoint: Endpoint) -> Any:
        name = endpoint.person or endpoint.name
        if not name:
            return endpoint.shown_address
        return format_html(
            '<span>{}<br><span class="finlo-quiet">{}</span></span>', name, endpoint.shown_address
        )

    @display(description=_("of"))
    def whose(self, endpoint: Endpoint) -> str:
        if endpoint.team is not None:
            return team_and_venue(endpoint.team)
        channel = owner(endpoint)
        return _t("Partner of %(channel)s – %(venue)s") % {
            "channel": channel,
            "venue": channel.venue,
        }

    @display(description=_("address"))
    def shown(self, endpoint: Endpoint) -> str:
        return endpoint.shown_address

    @display(description=_("text to register"))
    def registered(self, endpoint: Endpoint) -> str:
        """Exactly what is registered; every message is it, with values in place of its variables."""
        return registered(endpoint.dlt_text) if endpoint.dlt_text else "–"

    @display(description=_("state"), label=STATES)
    def state(self, endpoint: Endpoint) -> tuple[str, str]:
        return endpoint_state(endpoint)

    @display(description=_("why"))
    def why(self, endpoint: Endpoint) -> str:
        return state_why(endpoint) or "–"

    @display(description=_("last sent"))
    def sent(self, endpoint: Endpoint) -> str:
        return local_time(endpoint.last_sent_at, zone_of(endpoint))
