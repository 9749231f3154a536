"""Items and what they consist of."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from allocations.services import lock_event, stock_listing
from backoffice.events.windows import require_confirmed_window
from backoffice.kit.base import BaseInline
from backoffice.kit.choices import VisibleFilter, VisibleSearchFilter
from backoffice.kit.conflicts import Histories
from backoffice.kit.event_owned import EventOwnedAdmin
from backoffice.listings.limits import set_limit
from backoffice.stock.stop_sell import (
    SellingColumn,
    StoppedFilter,
    stop_sell_actions,
    stop_sell_in_bulk,
)
from events.models import Component, Event, Item, Pool
from sales.models import BookingLine


class ComponentForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """A row that is new is meant, also where the only pool stood in it already."""

    def has_changed(self) -> bool:
        return self.instance.pk is None or super().has_changed()


class ComponentInline(BaseInline):
    """Which pools one of the item takes from; not to be changed once it has sold."""

    model = Component
    form = ComponentForm
    fields = ("pool", "units")
    verbose_name = _("component")
    verbose_name_plural = _("one of it takes")
    event: Event | None = None
    frozen = False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "pool":
            kwargs["queryset"] = Pool.objects.filter(event=self.event).order_by("position", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Component]:
        components: QuerySet[Component] = super().get_queryset(request)
        return components.select_related("pool")

    def get_min_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        del request, kwargs
        return 0 if self.frozen or obj is not None else 1

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.frozen and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.frozen and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.frozen and super().has_delete_permission(request, obj)


def is_listed(item: Item | None) -> bool:
    """Then its listings are deleted first; asked here so that Django need not collect them all."""
    return item is not None and item.listings.exists()


class ItemAdmin(SellingColumn, EventOwnedAdmin):
    venue_path = "event__venue"
    related = ("event__venue",)
    list_display = ("name", "event", "kind", "takes", "limit_label", "selling")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("event", VisibleSearchFilter),
        ("event__venue", VisibleFilter),
        StoppedFilter,
    )
    search_fields = ("name", "event__name")
    search_help_text = _("Item or event")
    ordering = ("-event__starts_at", "event_id", "position", "pk")
    inlines = (ComponentInline,)
    actions_detail = ("set_limit", "stop", "resume")
    set_limit = set_limit
    stop, resume = stop_sell_actions("events.change_item")
    actions = stop_sell_in_bulk(stop, resume)
    event_tab = "parts"
    help_texts: ClassVar[Any] = {
        "kind": _(
            "A same-day deal is sold from midnight before the event, on the venue's clock, until it is over."
        ),
        "unit_type": _("Who the ticket is for; partners' programs show it."),
        "position": _("Smaller numbers come first."),
        "min_per_booking": _("Fewer than this cannot be bought at once."),
        "max_per_booking": _("Empty: as many as there are."),
        "sales_from": _("Empty: with the event's sale."),
        "sales_until": _("An early bird ends here. Empty: with the event's sale."),
    }
    constraint_messages: ClassVar[Any] = {
        "item_name_unique_in_event": ("name", _("The event has an item of this name already.")),
        "item_min_per_booking_positive": ("min_per_booking", _("At least 1.")),
        "item_max_per_booking_reaches_min": (
            "max_per_booking",
            _("The maximum per booking is not less than the minimum."),
        ),
        "item_sales_window_in_order": ("sales_until", _("The sale ends after it begins.")),
        "component_frozen_once_sold": (
            None,
            _("The item has been sold: what it consists of can no longer change."),
        ),
        "component_pool_once_in_item": (None, _("Each pool stands in an item once.")),
        "component_within_event": (None, _("A pool belongs to another event.")),
        "events_item_stays": (None, _("An item cannot be moved to another event.")),
        "booked_stays": (None, _("The item has been sold, and stays.")),
    }
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "event",
                    "name",
                    ("kind", "unit_type"),
                    "position",
                    "limit_label",
                    "selling_now",
                )
            },
        ),
        (
            _("Selling"),
            {"fields": (("min_per_booking", "max_per_booking"), "sales_from", "sales_until")},
        ),
    )
    readonly_fields = ("limit_label", "selling_now")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return super().get_queryset(request).prefetch_related("components__pool")

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:  # made anew for each request
            inline.event = self.event_of(request, obj)
            inline.frozen = bool(
                obj and obj.pk and BookingLine.objects.filter(item_id=obj.pk).exists()
            )
        return list(inlines)

    def histories(self, obj: Item) -> Histories:
        return (*super().histories(obj), Component.history.filter(item_id=obj.pk))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_listed(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Item, form: Any, change: bool) -> None:
        if change:
            require_confirmed_window(form, obj, obj.name)
        else:  # else its page has locked the event already
            lock_event(obj.event_id)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for listing in form.instance.listings.select_related("item", "channel"):
            stock_listing(listing)

    @display(description=_("one of it takes"))
    def takes(self, item: Item) -> str:
        return " + ".join(str(component) for component in item.components.all()) or "–"

    @display(description=_("limit"), ordering="limit")
    def limit_label(self, item: Item) -> str:
        return _t("No limit") if item.limit is None else str(item.limit)
