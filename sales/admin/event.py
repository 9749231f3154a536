"""The event's page: its dates, and on tabs the pools, items and listings it consists of."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from accounts.scope import ScopedAdmin, local_time
from allocations.models import Listing
from common.admin import ReadOnlyInline
from common.admin_choices import VisibleFilter
from common.dialogs import DialogForm, actor_of, dialog_action, link_action
from events import services
from events.enums import EventStatus
from events.models import Event, Item, Pool, Venue

MAY_CHANGE = "events.change_event"


class PartInline(ReadOnlyInline):
    """A tab of the event's page: rows with links, and a button that adds one."""

    template_after = "admin/event_part_add.html"
    add_url = ""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        opts = self.model._meta
        # The inline is made anew for each request, so it may keep what belongs to one.
        if obj and request.user.has_perm(f"{opts.app_label}.add_{opts.model_name}"):
            path = reverse(f"admin:{opts.app_label}_{opts.model_name}_add")
            self.add_url = f"{path}?event={obj.pk}"
        return super().get_formset(request, obj, **kwargs)

    @display(description=_("name"))
    def link(self, part: Any) -> Any:
        opts = part._meta
        return format_html(
            '<a class="finlo-link" href="{}">{}</a>',
            reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=(part.pk,)),
            part,
        )


class PoolInline(PartInline):
    model = Pool
    fields = ("link", "capacity")
    readonly_fields = fields
    ordering = ("position", "pk")


class ItemInline(PartInline):
    model = Item
    fields = ("link", "kind", "takes", "limit")
    readonly_fields = fields
    ordering = ("position", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("components__pool")

    @display(description=_("one of it takes"))
    def takes(self, item: Item) -> str:
        return " + ".join(str(one) for one in item.components.all()) or "–"


class ListingInline(PartInline):
    model = Listing
    related = ("item", "channel")
    fields = ("link", "price", "limit", "selling")
    readonly_fields = fields
    ordering = ("item__position", "item", "channel__name")

    @display(description=_("selling"))
    def selling(self, listing: Listing) -> Any:
        if listing.stop_reason:
            return _("Stopped: %s") % listing.stop_reason
        return _("On") if listing.is_on else _("Off")


class StatusForm(DialogForm):
    """Only the reason."""


@admin.register(Event)
class EventAdmin(ScopedAdmin):
    venue_path = "venue"
    related = ("venue", "series")
    list_display = ("name", "when", "venue", "series", "status_label")
    list_filter = ("status", ("venue", VisibleFilter), ("starts_at", RangeDateTimeFilter))
    search_fields = ("name", "series__name", "venue__name")
    ordering = ("-starts_at", "pk")
    autocomplete_fields = ("venue", "series")
    inlines = (PoolInline, ItemInline, ListingInline)
    actions_detail = ("board", "publish", "pause", "close", "stock")
    conditional_fields: ClassVar[dict[str, str]] = {
        "opens_at": "all_day == true",
        "closes_at": "all_day == true",
    }
    fieldsets = (
        (None, {"fields": ("name", "venue", "series", "status")}),
        (
            _("Date"),
            {"fields": ("starts_at", "ends_at", "all_day", ("opens_at", "closes_at"))},
        ),
        (_("Selling"), {"fields": ("sales_from", "sales_until")}),
        (_("Stop-sell"), {"fields": ("stop_reason",)}),
    )
    constraint_messages: ClassVar[Any] = {
        "event_ends_after_it_starts": ("ends_at", _("The event ends after it starts.")),
        "event_all_day_has_opening_hours": (
            "opens_at",
            _("An all-day event has opening hours, and closes after it opens."),
        ),
        "event_sales_window_in_order": ("sales_until", _("The sale ends after it begins.")),
        "booked_stays": (None, _("The event has bookings, and stays.")),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its channels and series belong to the same venue.
        return ("venue", "status") if obj else ("status",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = [(name, dict(options)) for name, options in super().get_fieldsets(request, obj)]
        found[1][1]["description"] = (
            _("Times are those of the venue, %s.") % obj.venue.time_zone
            if obj
            else _("Times are those of the venue.")
        )
        return found

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # One with pools has stock and history, and stays; an empty one may go.
        used = obj is not None and obj.pools.exists()
        return not used and super().has_delete_permission(request, obj)

    def zone_of(self, request: HttpRequest, obj: Any) -> Any:
        """While an event is made: the zone of the venue that was chosen."""
        chosen = request.POST.get("venue", "")
        if obj is None and chosen.isdigit():
            venue = self.admin_site.get_model_admin(Venue).get_object(request, chosen)
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

    # --- Ways out -------------------------------------------------------------------------

    @link_action(_("Live board"), permission="events.view_event", icon="monitoring")
    def board(self, event: Event) -> str:
        return reverse("boxoffice:board", args=(event.pk,))

    @link_action(_("Stock"), permission="allocations.view_stock", icon="inventory_2")
    def stock(self, event: Event) -> str:
        return f"{reverse('admin:allocations_stock_changelist')}?event__id__exact={event.pk}"

    # --- Status ---------------------------------------------------------------------------

    @dialog_action(
        _("Put on sale"),
        form=StatusForm,
        permission=MAY_CHANGE,
        submit=_("Put on sale"),
        icon="play_arrow",
        shown=lambda event: event.status in services.CAN_BE_PUBLISHED,
    )
    def publish(self, request: HttpRequest, event: Event, form: Any) -> str:
        with transaction.atomic():
            services.publish_event(event_id=event.pk, **_why(request, form))
        return _t("%s is on sale.") % event

    @dialog_action(
        _("Pause"),
        form=StatusForm,
        permission=MAY_CHANGE,
        submit=_("Pause sales"),
        icon="pause",
        shown=lambda event: event.status in services.CAN_BE_PAUSED,
    )
    def pause(self, request: HttpRequest, event: Event, form: Any) -> str:
        with transaction.atomic():
            services.pause_event(event_id=event.pk, **_why(request, form))
        return _t("Sales of %s are paused.") % event

    @dialog_action(
        _("Close"),
        form=StatusForm,
        permission=MAY_CHANGE,
        submit=_("Close sales"),
        icon="block",
        danger=True,
        shown=lambda event: event.status in services.CAN_BE_CLOSED,
    )
    def close(self, request: HttpRequest, event: Event, form: Any) -> str:
        with transaction.atomic():
            services.close_event(event_id=event.pk, **_why(request, form))
        return _t("Sales of %s are closed.") % event


def _why(request: HttpRequest, form: Any) -> dict[str, Any]:
    return {"by": actor_of(request), "reason": form.cleaned_data["reason"]}
