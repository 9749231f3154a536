"""Messages on their way and what became of them: to look at, while it happens too."""

from datetime import timedelta
from typing import Any

from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from alerts import words
from alerts.enums import DeliveryStatus
from alerts.models import Delivery, Endpoint
from alerts.models.delivery import WAITING
from backoffice.alerts.states import (
    SEE_DELIVERIES,
    STATUSES,
    TeamFilter,
    of_venues,
    outcome,
    owner,
    zone_of,
)
from backoffice.kit.choices import VisibleSearchFilter
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.links import object_link, page_url
from backoffice.kit.scope import ScopedReadOnlyAdmin, person_zone
from common.text import local_time

# A page that waits for what is due now asks each second; for what is due later, twice a minute.
SOON = timedelta(seconds=30)
EVERY, LATER = "1s", "30s"


def is_waiting(delivery: Delivery) -> bool:
    return delivery.status in WAITING


def progress(request: HttpRequest, delivery: Delivery) -> HttpResponseBase:
    """The part of the page that moves; once it has ended, the whole page anew."""
    if not is_waiting(delivery):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "admin/alerts/delivery_state.html", _told(delivery))


class DeliveryAdmin(ScopedReadOnlyAdmin):
    related = (
        *("endpoint__team__venue", "endpoint__channel__venue", "endpoint__person"),
        *("alert__event__venue", "alert__venue", "notice__step__transfer", "requested_by"),
    )
    list_display = ("to", "about", "status_label", "attempts", "moment", "result")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("endpoint__transport", ChoicesDropdownFilter),
        ("endpoint__team", TeamFilter),
        ("endpoint__channel", VisibleSearchFilter),
        ("purpose", ChoicesDropdownFilter),
        ("created_at", MomentRangeFilter),
    )
    search_fields = ("endpoint__name", "endpoint__team__name", "endpoint__channel__name")
    search_help_text = _("Endpoint, team or channel")
    ordering = ("-pk",)
    sortable_by = ()
    change_form_outer_before_template = "admin/alerts/delivery.html"
    fieldsets = ((None, {"fields": ("to", "about", "by", "written", "number")}),)
    readonly_fields = ("to", "about", "by", "written", "number")
    pages = (("progress/", "progress", SEE_DELIVERIES, progress),)

    def scope(self, request: HttpRequest) -> Q:
        return Q(endpoint__in=Endpoint.objects.filter(of_venues(request)).values("pk"))

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        return zone_of(obj.endpoint) if obj is not None else person_zone(request)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        context |= _told(context["original"])
        context["endpoint_url"] = page_url(context["original"].endpoint)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Shown ----------------------------------------------------------------------------

    @display(description=_("to"))
    def to(self, delivery: Delivery) -> Any:
        endpoint = delivery.endpoint
        return format_html(
            '<span>{}<br><span class="finlo-quiet">{}</span></span>',
            endpoint.person or endpoint,
            f"{owner(endpoint)}, {endpoint.get_transport_display()}",
        )

    @display(description=_("about"))
    def about(self, delivery: Delivery) -> Any:
        purpose = delivery.get_purpose_display()
        if delivery.is_digest:
            purpose = _t("%s, in a digest") % purpose
        title: str = purpose
        target: Model | None = None
        if delivery.alert is not None:
            title, target = words.title(delivery.alert), delivery.alert
        elif delivery.notice is not None and delivery.notice.change is not None:
            change = delivery.notice.change
            title, target = f"{purpose}: {change}", change
        elif delivery.notice is not None and delivery.notice.step is not None:
            step = delivery.notice.step
            title, target = f"{purpose}: {step}", step.transfer
        if target is not None:
            title = object_link(target, title)
        if delivery.alert is None:
            return title
        return format_html('<span>{}<br><span class="finlo-quiet">{}</span></span>', title, purpose)

    @display(description=_("status"), label=STATUSES)
    def status_label(self, delivery: Delivery) -> tuple[str, Any]:
        return delivery.status, DeliveryStatus(delivery.status).label

    @display(description=_("when"))
    def moment(self, delivery: Delivery) -> str:
        """When it has ended, or when it is tried next."""
        zone = zone_of(delivery.endpoint)
        if delivery.ended_at is not None:
            return local_time(delivery.ended_at, zone)
        text = _t("due %s") if not delivery.attempts else _t("tried again %s")
        return text % local_time(delivery.due_at, zone)

    @display(description=_("receipt or failure"))
    def result(self, delivery: Delivery) -> str:
        return outcome(delivery) or "–"

    @display(description=_("asked for by"))
    def by(self, delivery: Delivery) -> str:
        return str(delivery.requested_by or _t("System"))

    @display(description=_("written"))
    def written(self, delivery: Delivery) -> str:
        return local_time(delivery.created_at, zone_of(delivery.endpoint))

    @display(description=_("number"))
    def number(self, delivery: Delivery) -> str:
        return str(delivery.uuid)


def _told(delivery: Delivery) -> dict[str, Any]:
    """What the page says above its fields."""
    now, zone = timezone.now(), zone_of(delivery.endpoint)
    return {
        "original": delivery,
        "is_waiting": is_waiting(delivery),
        "every": EVERY if delivery.due_at < now + SOON else LATER,
        "is_late": is_waiting(delivery) and delivery.due_at < now - SOON,
        "status_tag": STATUSES[DeliveryStatus(delivery.status)] or "default",
        "due": local_time(delivery.due_at, zone),
        "ended": local_time(delivery.ended_at, zone),
    }
