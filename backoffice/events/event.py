"""The event's page: its dates, and on tabs the pools, items and listings it consists of."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from allocations.approval import judged
from allocations.consequences import of_dates
from allocations.plans.reschedule import follow_dates
from allocations.stop_sell import lock_events_of
from backoffice.alerts.event_panel import AlertsPanel
from backoffice.configuration.page import ConfigurationPage
from backoffice.events.lifecycle import LifecycleActions
from backoffice.events.list import ComingFilter, first_pools
from backoffice.events.panels import BookingsPanel, ListingsPanel, PartsPanel, StockPanel
from backoffice.events.picture import picture_of
from backoffice.events.selling import SellAction
from backoffice.events.state_panel import StatePanel
from backoffice.events.status import MAY_CHANGE, StatusActions
from backoffice.events.timeline import TimelinePage
from backoffice.golive.actions import GoLiveActions, show_progress, show_run
from backoffice.golive.panels import SEE as SEE_CHECKLIST
from backoffice.golive.panels import GoLiveNotice, GoLivePanel
from backoffice.holds.making import HoldAction
from backoffice.holds.panels import HoldsPanel
from backoffice.keys.key import KeysPanel
from backoffice.kit.bars import stock_bar
from backoffice.kit.bulk import in_bulk
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.confirmation import require_confirmed
from backoffice.kit.dialogs import actor_of, link_action
from backoffice.kit.filters import MomentRangeFilter
from backoffice.kit.scope import ScopedAdmin
from backoffice.kit.shown_when import shown_when
from backoffice.late_sales.event_panel import LateSalesPanel
from backoffice.late_sales.taking import LeaseAction
from backoffice.listings.prices import MAY_PRICE, prices_url
from backoffice.listings.prices import show as show_prices
from backoffice.overview.guide import EventGuide
from backoffice.plans.panels import CalendarPanel, PlanPanel
from backoffice.plans.words import PlanLetters
from backoffice.stock.stop_sell import (
    SellingColumn,
    StoppedFilter,
    stop_sell_actions,
    stop_sell_in_bulk,
)
from backoffice.transfers.event_panel import TransfersPanel
from backoffice.transfers.statement import MAY_SEE as MAY_SEE_STATEMENT
from backoffice.transfers.statement import show_statement
from backoffice.whatif.panel import WhatIfPanel
from common.addresses import change_url
from common.text import local_time, number
from events.consequences import of_new
from events.enums import EventStatus
from events.models import Event, Venue

# What the rules of an allocation plan count from.
TIMES_OF_PLANS = ("starts_at", "sales_from")
# What may carry something across now when it changes.
TIMES = frozenset(
    {"starts_at", "ends_at", "all_day", "opens_at", "closes_at", "sales_from", "sales_until"}
)


class EventAdmin(
    SellAction,
    LeaseAction,
    HoldAction,
    StatusActions,
    LifecycleActions,
    GoLiveActions,
    TimelinePage,
    ConfigurationPage,
    PlanLetters,
    SellingColumn,
    ScopedAdmin,
):
    venue_path = "venue"
    related = ("venue", "series")
    list_display = ("name", "when", "venue", "status_label", "stock_left", "selling")
    list_filter = (
        ComingFilter,
        ("status", ChoicesDropdownFilter),
        ("venue", VisibleFilter),
        ("series", VisibleSearchFilter),
        ("starts_at", MomentRangeFilter),
        StoppedFilter,
    )
    search_fields = ("name", "series__name", "venue__name", "venue__city")
    search_help_text = _("Name, series, venue or city")
    ordering = ("-starts_at", "-pk")
    autocomplete_fields = ("venue", "series")
    # Tabs in their order; the guide stands above them.
    panels = (
        PartsPanel,
        ListingsPanel,
        StockPanel,
        PlanPanel,
        CalendarPanel,
        BookingsPanel,
        HoldsPanel,
        LateSalesPanel,
        TransfersPanel,
        AlertsPanel,
        KeysPanel,
        WhatIfPanel,
        GoLivePanel,
        StatePanel,
        GoLiveNotice,
        EventGuide,
    )
    pages = (
        ("prices/", "prices", MAY_PRICE, show_prices),
        ("statement/<int:channel_id>/", "statement", MAY_SEE_STATEMENT, show_statement),
        ("go-live/<int:run_id>/", "go_live", SEE_CHECKLIST, show_run),
        ("go-live/<int:run_id>/progress/", "go_live_progress", SEE_CHECKLIST, show_progress),
    )
    actions_detail = (
        {
            "title": _("See"),
            "icon": "visibility",
            "items": ["configuration", "timeline", "board", "plan_in_words"],
        },
        {
            "title": _("Selling"),
            "icon": "sell",
            "items": [
                *("sell", "hold_tickets", "lease", "prices"),
                *("run_checklist", "cancel_checklist", "sign_checklist"),
                *("publish", "pause", "stop", "resume", "close"),
            ],
        },
        {
            "title": _("Date"),
            "icon": "event",
            "items": ["copy", "postpone", "cancel"],
        },
    )
    change_form_outer_before_template = "admin/event_summary.html"
    stop, resume = stop_sell_actions(MAY_CHANGE)
    actions = [  # noqa: RUF012 - as Django declares it
        in_bulk(StatusActions.publish, _("Put on sale"), lock=lock_events_of),
        in_bulk(StatusActions.pause, _("Pause sales"), lock=lock_events_of),
        in_bulk(StatusActions.close, _("Close sales"), lock=lock_events_of),
        *stop_sell_in_bulk(stop, resume),
    ]
    shown_when: ClassVar[dict[str, str]] = dict.fromkeys(
        ("opens_at", "closes_at"), shown_when({"all_day": ("true",)})
    )
    fieldsets = (
        (None, {"fields": ("name", "venue", "series", "status", "selling_now")}),
        (
            _("Date"),
            {"fields": ("starts_at", "ends_at", "all_day", ("opens_at", "closes_at"))},
        ),
        (_("Selling"), {"fields": ("sales_from", "sales_until")}),
    )
    help_texts: ClassVar[Any] = {
        "series": _("A show with several dates. Its set-up can be copied from date to date."),
        "ends_at": _("Sales end then, unless another end is set below. Empty: with its day."),
        "sales_from": _("Before this nobody can buy. Empty: as soon as it is put on sale."),
        "sales_until": _("From then on nobody can buy. Empty: until the event ends."),
    }
    constraint_messages: ClassVar[Any] = {
        "event_ends_after_it_starts": ("ends_at", _("The event ends after it starts.")),
        "event_all_day_has_opening_hours": (
            "opens_at",
            _("An all-day event has opening hours: two different times."),
        ),
        "event_sales_window_in_order": ("sales_until", _("The sale ends after it begins.")),
        "booked_stays": (None, _("The event has bookings, and stays.")),
    }

    class Media:
        css: ClassVar[Any] = {"all": ("admin/plan.css", "admin/setting_up.css", "admin/golive.css")}

    def get_object(self, request: HttpRequest, object_id: str, *args: Any) -> Any:
        """A page that is only looked at reads its event once."""
        known = getattr(request, "finlo_edited", None)
        if request.method == "GET" and isinstance(known, Event) and str(known.pk) == object_id:
            return known
        return super().get_object(request, object_id, *args)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its channels and series belong to the same venue.
        return ("venue", "status", "selling_now") if obj else ("status", "selling_now")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        fieldsets[1][1]["description"] = (
            _("Times are those of the venue, %s.") % obj.venue.time_zone
            if obj
            else _("Times are those of the venue.")
        )
        return fieldsets

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        event = context.get("original")
        if event is not None:
            picture = picture_of(request, event)
            context["event_summary"] = [
                {
                    "id": pool,
                    "name": name,
                    "capacity": number(use.quantity + use.out),
                    "bar": stock_bar(use),
                }
                for pool, name in picture.setup.pool_names.items()
                for use in [picture.pool_use(pool)]
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj: Event) -> HttpResponseBase:
        # A new event's page says what comes next.
        del request
        return redirect(change_url(obj))

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        now = timezone.now()
        if not change:
            require_confirmed(form, of_new(obj, now))
            super().save_model(request, obj, form, change)
            return
        before = Event.objects.select_related("venue").get(pk=obj.pk)
        names = [name for name in TIMES_OF_PLANS if name in form.changed_data]
        if TIMES.intersection(form.changed_data):
            field = names[0] if names else "starts_at"
            require_confirmed(form, of_dates(before, obj, now, field=field))
        with judged():
            super().save_model(request, obj, form, change)
        if names:
            follow_dates(
                before=before,
                after=obj,
                by=actor_of(request),
                field=names[0],
            )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # One with pools has stock and history, and stays; an empty one may go.
        used = obj is not None and bool(picture_of(request, obj).setup.pool_names)
        return not used and super().has_delete_permission(request, obj)

    def get_ordering(self, request: HttpRequest) -> Any:
        """What comes is read from the next one on, what was from the last one back."""
        coming = request.GET.get(ComingFilter.parameter_name) == ComingFilter.COMING
        return ("starts_at", "pk") if coming else self.ordering

    def load_page(self, request: HttpRequest, rows: Sequence[Event]) -> None:
        super().load_page(request, rows)
        pools = first_pools(rows)
        for event in rows:
            event.first_pool = pools.get(event.pk)  # type: ignore[attr-defined]

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        """While an event is made: the zone of the venue that was chosen."""
        venue_id = request.POST.get("venue", "")
        if obj is None and venue_id.isdigit():
            venue = self.admin_site.get_model_admin(Venue).get_object(request, venue_id)
            if venue is not None:
                return venue.zone
        return super().zone_of(request, obj)

    @display(description=_("starts"), ordering="starts_at")
    def when(self, event: Event) -> str:
        return local_time(event.starts_at, event.venue.zone)

    @display(
        description=_("status"),
        ordering="status",
        label={
            EventStatus.DRAFT: "info",
            EventStatus.ON_SALE: "success",
            EventStatus.PAUSED: "warning",
            EventStatus.CLOSED: "",
            EventStatus.CANCELLED: "danger",
        },
    )
    def status_label(self, event: Event) -> tuple[str, Any]:
        return event.status, EventStatus(event.status).label

    @display(description=_("stock"))
    def stock_left(self, event: Event) -> Any:
        """Of the event's first pool; its page has them all."""
        pool = getattr(event, "first_pool", None)
        if pool is None:
            return format_html('<span class="finlo-quiet">{}</span>', _t("No pool yet"))
        more = _t("and %d more") % pool.others if pool.others else ""
        return format_html(
            '<div>{} <span class="finlo-quiet">{}</span>{}</div>',
            pool.name,
            more,
            stock_bar(pool),
        )

    # --- Ways out -------------------------------------------------------------------------

    @link_action(_("Prices"), permission=MAY_PRICE, icon="price_change")
    def prices(self, event: Event) -> str:
        return prices_url(event.pk)

    @link_action(_("Live board"), permission="events.view_event", icon="monitoring")
    def board(self, event: Event) -> str:
        return reverse("boxoffice:board", args=(event.pk,))
