"""States of rules and endpoints as lists and pages show them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from accounts.selectors import within_any_venue
from alerts.enums import DeliveryStatus, Severity
from alerts.models import AlertRule, AlertTeam, Delivery, Endpoint
from alerts.rules import is_muted
from alerts.words import zone_of as venue_zone
from backoffice.kit.choices import VisibleFilter, visible
from common.text import local_time

SEE_ENDPOINTS = "alerts.view_endpoint"
SEE_DELIVERIES = "alerts.view_delivery"
ON, MUTED, OFF = "on", "muted", "off"
ACTIVE, FAILING, DISABLED = "active", "failing", "disabled"
# Colors of unfold's labels; the words are beside them.
RULE_STATES = {ON: "success", MUTED: "warning", OFF: ""}
SEVERITIES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "danger"}
STATUSES = {
    DeliveryStatus.PENDING: "info",
    DeliveryStatus.SENDING: "info",
    DeliveryStatus.SENT: "success",
    DeliveryStatus.FAILED: "danger",
    DeliveryStatus.SKIPPED: "",
}


# --- Rules --------------------------------------------------------------------------------------


def rule_state(rule: AlertRule, now: datetime) -> tuple[str, str]:
    if not rule.is_active:
        return OFF, _t("Off")
    if is_muted(rule, now):
        return MUTED, _t("Muted until %s") % local_time(rule.muted_until, venue_zone(rule.venue))
    return ON, _t("On")


class StateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [(ON, _("On")), (MUTED, _("Muted")), (OFF, _("Off"))]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[AlertRule]"
    ) -> "QuerySet[AlertRule]":
        del request
        muted = Q(muted_until__gt=timezone.now())
        match self.value():
            case "on":
                return queryset.filter(~muted | Q(muted_until=None), is_active=True)
            case "muted":
                return queryset.filter(muted, is_active=True)
            case "off":
                return queryset.filter(is_active=False)
        return queryset


# --- Endpoints ----------------------------------------------------------------------------------


def of_venues(request: HttpRequest, path: str = "") -> Q:
    """Endpoints of the teams and channels that the person may see; ``path`` leads to the endpoint."""
    return within_any_venue(request.user, f"{path}team__venue", f"{path}channel__venue")


def owner(endpoint: Endpoint) -> AlertTeam | Any:
    """The team or the channel that it is of."""
    return endpoint.team or endpoint.channel


def zone_of(endpoint: Endpoint) -> ZoneInfo:
    return venue_zone(owner(endpoint).venue)


def endpoint_state(endpoint: Endpoint) -> tuple[str, str]:
    """Active, failing for now, disabled by a refusal for good, or off."""
    if not endpoint.is_active:
        return OFF, _t("Off")
    if endpoint.disabled_at is not None:
        return DISABLED, _t("Disabled")
    if endpoint.failures:
        return FAILING, _t("Failing")
    return ACTIVE, _t("Active")


STATES = {ACTIVE: "success", FAILING: "warning", DISABLED: "danger", OFF: ""}
TAGS = {ACTIVE: "on", FAILING: "off", DISABLED: "stop", OFF: "stop", ON: "on", MUTED: "off"}


def state_why(endpoint: Endpoint) -> str:
    """The reason of its state, and when it is tried again; empty where all is well."""
    if endpoint.disabled_at is not None:
        return _t("%(why)s Since %(when)s.") % {
            "why": endpoint.disabled_reason,
            "when": local_time(endpoint.disabled_at, zone_of(endpoint)),
        }
    if endpoint.failures and endpoint.not_before is not None:
        return _t("%(count)d in a row; not tried again before %(when)s.") % {
            "count": endpoint.failures,
            "when": local_time(endpoint.not_before, zone_of(endpoint)),
        }
    return ""


class EndpointStateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [
            (ACTIVE, _("Active")),
            (FAILING, _("Failing")),
            (DISABLED, _("Disabled")),
            (OFF, _("Off")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Endpoint]"
    ) -> "QuerySet[Endpoint]":
        del request
        match self.value():
            case "active":
                return queryset.filter(is_active=True, disabled_at=None, failures=0)
            case "failing":
                return queryset.filter(is_active=True, disabled_at=None, failures__gt=0)
            case "disabled":
                return queryset.filter(is_active=True, disabled_at__isnull=False)
            case "off":
                return queryset.filter(is_active=False)
        return queryset


class TeamFilter(VisibleFilter):
    """Venues have teams of the same names."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, str]]:
        teams = visible(model_admin.admin_site, field, request)
        return [(team.pk, team_and_venue(team)) for team in teams]


def team_and_venue(team: AlertTeam) -> str:
    return f"{team} – {team.venue or _t('all venues')}"


# --- Deliveries ---------------------------------------------------------------------------------


def outcome(delivery: Delivery) -> str:
    """What the other side answered, or what went wrong last."""
    return delivery.receipt if delivery.status == DeliveryStatus.SENT else delivery.failure
